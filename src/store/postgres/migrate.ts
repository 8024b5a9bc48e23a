import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { codeOf, EngineError, reasonOf } from '../../errors.js';
import { sha256 } from '../../text/hash.js';
import { type Applied, demandKnown, demandSame, type Migration } from '../migration.js';
import { schema1 } from './schema-1.js';
import { schema2 } from './schema-2.js';
import { schema3 } from './schema-3.js';
import { schema4 } from './schema-4.js';
import { schema5 } from './schema-5.js';
import { schema6 } from './schema-6.js';
import { schema7 } from './schema-7.js';
import { schema8 } from './schema-8.js';
import { schema9 } from './schema-9.js';

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'ledger-and-memories', script: schema1 },
  { version: 2, name: 'runs-and-sessions', script: schema2 },
  { version: 3, name: 'search', script: schema3 },
  { version: 4, name: 'rules', script: schema4 },
  { version: 5, name: 'search-rules', script: schema5 },
  { version: 6, name: 'vector-feeds', script: schema6 },
  { version: 7, name: 'purged-by-value', script: schema7 },
  { version: 8, name: 'row-security', script: schema8 },
  { version: 9, name: 'forgotten-vectors', script: schema9 },
];

export type Where = {
  /** Shown in errors: without a password. */
  readonly place: string;
  /** In which the tables lie; undefined for that of the connection. */
  readonly schema: string | undefined;
};

/**
 * Brings the schema of the connection to the newest version, in one transaction. Any number of replicas may call it at
 * once: one does it, the others wait and find nothing left to do. Who only uses the tables needs no right to make them.
 */
export async function migrate(client: PoolClient, { place, schema }: Where): Promise<void> {
  if (left(await applied(client, schema), place).length === 0) return;
  await demandVectors(client);
  if (schema) {
    await unlessThere(() => client.query(`create schema if not exists ${schema}`));
    await client.query(`select ${LOOK_AGAIN}`);
  }
  await unlessThere(() => client.query(TABLE));
  await client.query('begin');
  try {
    await lock(client);
    for (const migration of left(await applied(client, schema), place)) await apply(client, migration, place);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** The scripts that are still to run. Throws for a schema that another version wrote. */
function left(found: readonly Applied[], place: string): readonly Migration[] {
  demandKnown(found.length, MIGRATIONS, place);
  demandSame(found, MIGRATIONS.slice(0, found.length), place);
  return MIGRATIONS.slice(found.length);
}

async function applied(client: PoolClient, schema: string | undefined): Promise<Applied[]> {
  // By its name: while the schema is not there, the next of the search path is the current one.
  const table = await client.query<{ there: boolean }>(
    `select to_regclass($1) is not null as there, ${LOOK_AGAIN}`,
    [schema ? `${schema}.migration` : 'migration'],
  );
  if (!table.rows[0]?.there) return [];
  return (await client.query<Applied>('select name, checksum from migration order by version')).rows;
}

/**
 * A schema that is made while a connection works out its search path stays out of that for good: PostgreSQL 17 takes the
 * path for valid once it is worked out, whatever it was told meanwhile. Setting it has it worked out anew.
 */
const LOOK_AGAIN = `set_config('search_path', current_setting('search_path'), false)`;

async function lock(client: PoolClient): Promise<void> {
  await client.query(`set local lock_timeout = '60s'; lock table migration in access exclusive mode`);
}

/**
 * Two that make the same thing at once may fail at each other's catalogue rows: then it is there. But this connection may
 * hear of it a moment later, and until then look past a new schema to the next of the search path; so it asks again.
 */
async function unlessThere(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1)
    try {
      await work();
      return;
    } catch (error) {
      const code = codeOf(error);
      if (code !== '23505' && code !== '42P07' && code !== '42710') throw error;
      await sleep(10);
    }
}

const TABLE =
  'create table if not exists migration (version bigint primary key, name text not null, checksum text not null)';

async function apply(client: PoolClient, { version, name, script }: Migration, place: string): Promise<void> {
  try {
    await client.query(script);
  } catch (error) {
    if (codeOf(error) !== '42P07') throw error;
    throw new EngineError(
      'not_a_database',
      'The database holds tables of another program.',
      'Name an empty database or schema with --db; this one was left as it is.',
      { aside: ` (${place}: ${reasonOf(error)})`, cause: error },
    );
  }
  await client.query('insert into migration values ($1, $2, $3)', [version, name, sha256(script)]);
}

/** The extension is the database's, not the schema's, and only some may create it. */
async function demandVectors(client: PoolClient): Promise<void> {
  const found = await client.query<{ version: string }>(
    `select extversion as version from pg_extension where extname = 'vector'`,
  );
  if (!found.rows[0])
    try {
      await unlessThere(() => client.query('create extension if not exists vector'));
      return;
    } catch (error) {
      throw new EngineError(
        'cannot_open',
        'The database has no pgvector.',
        'Install pgvector 0.8 or newer and let a superuser run `create extension vector` in this database.',
        { aside: ` (${reasonOf(error)})`, cause: error },
      );
    }
  const { version } = found.rows[0];
  if (version.localeCompare(OLDEST_PGVECTOR, 'en', { numeric: true }) >= 0) return;
  throw new EngineError(
    'cannot_open',
    `The database has pgvector ${version}; mintmark needs ${OLDEST_PGVECTOR} or newer.`,
    'Update it and run `alter extension vector update`.',
  );
}

/** The first that goes on looking when a filter leaves too little. */
const OLDEST_PGVECTOR = '0.8.0';

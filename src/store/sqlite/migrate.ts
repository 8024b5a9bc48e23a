import { existsSync } from 'node:fs';
import { EngineError } from '../../errors.js';
import { sha256 } from '../../text/hash.js';
import { type Applied, demandKnown, demandSame, type Migration } from '../migration.js';
import type { Connection } from './driver.js';
import { schema1 } from './schema-1.js';
import { schema2 } from './schema-2.js';
import { schema3 } from './schema-3.js';
import { schema4 } from './schema-4.js';
import { schema5 } from './schema-5.js';
import { schema6 } from './schema-6.js';
import { schema7 } from './schema-7.js';
import { schema8 } from './schema-8.js';
import { schema9 } from './schema-9.js';
import { schema10 } from './schema-10.js';
import { schema11 } from './schema-11.js';
import { schema12 } from './schema-12.js';
import { schema13 } from './schema-13.js';
import { schema14 } from './schema-14.js';
import { schema15 } from './schema-15.js';
import { schema16 } from './schema-16.js';

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'ledger-and-memories', script: schema1 },
  { version: 2, name: 'runs', script: schema2 },
  { version: 3, name: 'medallions', script: schema3 },
  { version: 4, name: 'packs', script: schema4 },
  { version: 5, name: 'sessions', script: schema5 },
  { version: 6, name: 'blobs', script: schema6 },
  { version: 7, name: 'summaries', script: schema7 },
  { version: 8, name: 'passages', script: schema8 },
  { version: 9, name: 'blob-uses', script: schema9 },
  { version: 10, name: 'vectors', script: schema10 },
  { version: 11, name: 'writers', script: schema11 },
  { version: 12, name: 'access-tokens', script: schema12 },
  { version: 13, name: 'unindexed', script: schema13 },
  { version: 14, name: 'copies', script: schema14 },
  { version: 15, name: 'vector-feeds', script: schema15 },
  { version: 16, name: 'forgotten-vectors', script: schema16 },
];

/** "mint" in ASCII: marks the file as ours (sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x6d696e74;

/**
 * Brings a database to the newest schema, in one transaction a migration. Several processes may call it at
 * once: the write lock decides, the others find nothing left to do. Throws the driver's busy error for the
 * caller to retry.
 */
export function migrate(
  connection: Connection,
  path: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const before = demandOurs(connection, path, migrations);
  const newest = migrations.at(-1)?.version ?? 0;
  if (before === newest) return;
  if (before > 0) copyAside(connection, path, before);
  connection.exec('begin immediate');
  try {
    const current = check(connection, path, migrations);
    if (current === 0) demandEmpty(connection, path);
    for (const migration of migrations.filter(({ version }) => version > current))
      apply(connection, migration);
    connection.exec('commit');
  } catch (error) {
    if (connection.inTransaction) connection.exec('rollback');
    throw error;
  }
}

/** The schema version of a file of ours, 0 where it is empty. Throws `not_a_database` and `upgrade_needed`, and changes nothing. */
export function demandOurs(
  connection: Connection,
  path: string,
  migrations: readonly Migration[] = MIGRATIONS,
): number {
  // One snapshot: another process may create the file between two looks at it.
  return connection.transaction(() => check(connection, path, migrations))();
}

function check(connection: Connection, path: string, migrations: readonly Migration[]): number {
  const version = Number(connection.pragma('user_version', { simple: true }));
  const application = Number(connection.pragma('application_id', { simple: true }));
  const tables = Number(connection.prepare('select count(*) from sqlite_schema').pluck().get());
  if (tables > 0 && application !== APPLICATION_ID)
    throw new EngineError(
      'not_a_database',
      'The file is a database of another program.',
      'Name another file with --db; this one was left as it is.',
      { aside: ` (${path})` },
    );
  demandKnown(version, migrations, path);
  if (version > 0) demandSame(applied(connection), migrations.slice(0, version), path);
  return version;
}

/** Under the write lock nobody else can be half-way through creating the file. */
function demandEmpty(connection: Connection, path: string): void {
  if (connection.prepare('select 1 from sqlite_schema').get() === undefined) return;
  throw new EngineError(
    'damaged',
    'The database holds tables and says that it has no schema yet.',
    'Its header was altered. Restore a backup; nothing was written.',
    { aside: ` (${path})` },
  );
}

const applied = (connection: Connection): Applied[] =>
  connection.prepare<[], Applied>('select name, checksum from migration order by version').all();

function apply(connection: Connection, { version, name, script }: Migration): void {
  if (version === 1) {
    connection.pragma(`application_id = ${APPLICATION_ID}`);
    connection.exec(
      'create table migration (version integer primary key, name text not null, checksum text not null) strict',
    );
  }
  connection.exec(script);
  connection.prepare('insert into migration values (?, ?, ?)').run(version, name, sha256(script));
  connection.pragma(`user_version = ${version}`);
}

/** VACUUM INTO writes a consistent copy under other processes' writes, without touching the file's locks. */
function copyAside(connection: Connection, path: string, version: number): void {
  const copy = `${path}.schema-${version}.${process.pid}.bak`;
  if (path !== ':memory:' && !existsSync(copy)) connection.prepare('vacuum into ?').run(copy);
}

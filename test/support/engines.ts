import { createHash } from 'node:crypto';
import pg from 'pg';
import { resolveOptions } from '../../src/config/load.js';
import { openStore } from '../../src/open-store.js';
import type { Store } from '../../src/store/store.js';
import { PATIENT } from './patience.js';
import { OWNER, schemasOfRun } from './postgres-owner.js';

/** A superuser's URL of the database to test on, instead of files; every schema that a test makes there goes with the test's file. */
export const POSTGRES = process.env.MINTMARK_TEST_POSTGRES;

const made = new Set<string>();
/** Schemas of tests that are over, without a row: to make one takes longer than most tests take in it. */
const emptied: string[] = [];
let count = 0;

/** The database that stands for a file: a schema of its own on PostgreSQL, or the file. */
export function databaseFor(path: string): string {
  if (!POSTGRES || path.startsWith('postgres')) return path;
  const schema = path === ':memory:' ? (emptied.pop() ?? nextOfRun()) : schemaOf(path);
  made.add(schema);
  const url = new URL(asOwner(POSTGRES));
  url.searchParams.set('schema', schema);
  return url.href;
}

const schemaOf = (path: string): string =>
  `test_${createHash('sha256').update(path).digest('hex').slice(0, 20)}`;

const nextOfRun = (): string => `${schemasOfRun(process.ppid)}${process.pid}_${++count}`;

/** The same database, as a server connects to it. */
export const asOwner = (url: string): string => Object.assign(new URL(url), { username: OWNER }).href;

/** And as whoever row security does not bind. */
export const asSuperuser = (url: string): string =>
  Object.assign(new URL(url), { username: new URL(POSTGRES ?? '').username }).href;

/** The store of a database alone. */
export const storeFor = (path: string): Store =>
  openStore(databaseFor(path), resolveOptions({ ...PATIENT, durability: 'normal' }));

/** Drops what `databaseFor` made, or one of it. */
export async function dropDatabases(only?: string): Promise<void> {
  const schemas = [...made].filter(schema => !only || only.endsWith(schema));
  await asSuperuserIn(schemas, async (client, schema) => {
    await client.query(`set client_min_messages = error; drop schema if exists ${schema} cascade`);
    made.delete(schema);
  });
}

/** Leaves what stood for `:memory:` to the next that asks for such a one. */
export async function giveBack(url: string): Promise<void> {
  const schemas = [...made].filter(schema => url.endsWith(schema));
  await asSuperuserIn(schemas, async (client, schema) => {
    const { rows } = await client.query<{ grown: boolean }>(GROWN, [schema]);
    if (rows[0]?.grown) return;
    await client.query(emptying(schema));
    made.delete(schema);
    emptied.push(schema);
  });
}

/** Whether it has an index of vectors, which is made when there are many. */
const GROWN = `select exists (select 1 from pg_class c join pg_am a on a.oid = c.relam
  where c.relnamespace = to_regnamespace($1) and a.amname in ('hnsw', 'ivfflat')) as grown`;

/** Past every rule of its tables. */
const emptying = (schema: string): string => `do $$ declare own regclass; begin
  perform set_config('session_replication_role', 'replica', true);
  for own in select oid from pg_class
    where relnamespace = to_regnamespace('${schema}') and relkind = 'r' and relname <> 'migration'
  loop execute 'delete from ' || own; end loop; end $$`;

async function asSuperuserIn(
  schemas: readonly string[],
  work: (client: pg.Client, schema: string) => Promise<void>,
): Promise<void> {
  if (!POSTGRES || schemas.length === 0) return;
  const client = new pg.Client({ connectionString: POSTGRES });
  await client.connect();
  try {
    for (const schema of schemas) await work(client, schema);
  } finally {
    await client.end();
  }
}

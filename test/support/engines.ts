import { createHash } from 'node:crypto';
import pg from 'pg';
import { resolveOptions } from '../../src/config/load.js';
import { openStore } from '../../src/open-store.js';
import type { Store } from '../../src/store/store.js';
import { PATIENT } from './patience.js';
import { OWNER } from './postgres-owner.js';

/** A superuser's URL of the database to test on, instead of files; every schema that a test makes there goes with the test's file. */
export const POSTGRES = process.env.MINTMARK_TEST_POSTGRES;

const made = new Set<string>();
let count = 0;

/** The database that stands for a file: a schema of its own on PostgreSQL, or the file. */
export function databaseFor(path: string): string {
  if (!POSTGRES || path.startsWith('postgres')) return path;
  const own = path === ':memory:' ? `${process.pid} ${++count}` : path;
  const schema = `test_${createHash('sha256').update(own).digest('hex').slice(0, 20)}`;
  made.add(schema);
  const url = new URL(asOwner(POSTGRES));
  url.searchParams.set('schema', schema);
  return url.href;
}

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
  if (!POSTGRES || schemas.length === 0) return;
  const client = new pg.Client({ connectionString: POSTGRES });
  await client.connect();
  try {
    for (const schema of schemas) {
      await client.query(`set client_min_messages = error; drop schema if exists ${schema} cascade`);
      made.delete(schema);
    }
  } finally {
    await client.end();
  }
}

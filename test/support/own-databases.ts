import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import pg from 'pg';
import { asOwner, POSTGRES } from './engines.js';
import { OWNER } from './postgres-owner.js';

const made = new Set<string>();

/** Copies a closed database to where none is: files, or on PostgreSQL databases, not schemas in one. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  if (POSTGRES) await create(to, `template ${nameOf(from)}`);
  else copyFileSync(from, to);
}

/** A path under which there is no database yet: itself, or on PostgreSQL the URL of an empty database. */
export async function ownDatabase(path: string): Promise<string> {
  if (!POSTGRES) return path;
  const url = ownUrl(path);
  await create(url, '');
  return url;
}

/** What `ownDatabase` would name, not made. */
export function ownUrl(path: string): string {
  if (!POSTGRES) return path;
  const url = new URL(asOwner(POSTGRES));
  url.pathname = `/mintmark_${createHash('sha256').update(path).digest('hex').slice(0, 20)}`;
  return url.href;
}

/** Several at a time: each waits for a checkpoint, which they share. */
export async function dropOwnDatabases(): Promise<void> {
  for (const names = [...made]; names.length > 0; ) await Promise.all(names.splice(0, AT_ONCE).map(drop));
  made.clear();
}

const AT_ONCE = 20;

const drop = (name: string): Promise<void> =>
  asSuperuser(undefined, async client => {
    await client.query(`drop database if exists ${name} with (force)`);
  });

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

async function create(url: string, how: string): Promise<void> {
  made.add(nameOf(url));
  await asSuperuser(undefined, async client => {
    await client.query(`create database ${nameOf(url)} owner ${OWNER} ${how}`);
  });
  await asSuperuser(nameOf(url), async client => {
    await client.query('create extension if not exists vector');
  });
}

/** In a database, or that of the URL. */
async function asSuperuser(
  database: string | undefined,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  if (!POSTGRES) return;
  const url = Object.assign(new URL(POSTGRES), database && { pathname: `/${database}` });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await work(client).finally(() => client.end());
}

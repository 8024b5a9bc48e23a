import { type Into, insertAll } from './insert.js';
import { anyOf, beginsWith, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** Erasable content, addressed by its owner. `hash` is the SHA-256 of salt and content. */
export type Body = {
  readonly owner: string;
  readonly salt: string;
  readonly hash: string;
  readonly content: string;
};

const BODIES: Into = { table: 'body', columns: ['owner', 'salt', 'hash', 'content'] };

export const insertBodies = (writer: Writer, bodies: readonly Body[]): Promise<void> =>
  insertAll(
    writer,
    BODIES,
    bodies.map(({ owner, salt, hash, content }) => [owner, salt, hash, content]),
  );

export const allBodies = (reader: Reader, afterOwner: string, limit: number): Promise<Body[]> =>
  reader.all(sql`
    select owner, salt, hash, content from body
    where namespace = ${reader.namespace} and owner > ${afterOwner} order by owner limit ${limit}`);

/** What the body of an owner says, unless it was purged. */
export async function bodyOf(reader: Reader, owner: string): Promise<string | undefined> {
  const row = await reader.get<{ content: string }>(
    sql`select content from body where namespace = ${reader.namespace} and owner = ${owner}`,
  );
  return row?.content;
}

/** The bodies of these owners, where they were not purged. */
export async function bodiesOf(reader: Reader, owners: readonly string[]): Promise<Map<string, Body>> {
  const rows = await reader.all<Body>(sql`
    select owner, salt, hash, content from body
    where namespace = ${reader.namespace} and owner in ${anyOf(owners)}`);
  return new Map(rows.map(row => [row.owner, row]));
}

/** The bodies whose owner begins so, in order of owner. */
export const bodiesBelow = (reader: Reader, prefix: string): Promise<Body[]> =>
  reader.all(sql`
    select owner, salt, hash, content from body
    where namespace = ${reader.namespace} and ${beginsWith(sql`owner`, prefix)} order by owner`);

/** The salted hash of every body, by owner. */
export async function bodyHashes(reader: Reader): Promise<Map<string, string>> {
  const rows = await reader.all<{ owner: string; hash: string }>(
    sql`select owner, hash from body where namespace = ${reader.namespace}`,
  );
  return new Map(rows.map(({ owner, hash }) => [owner, hash]));
}

/** Those of the owners whose body was not purged yet. */
export async function withBody(reader: Reader, owners: readonly string[]): Promise<string[]> {
  const rows = await reader.all<{ owner: string }>(sql`
    select owner from body where namespace = ${reader.namespace} and owner in ${anyOf(owners)} order by owner`);
  return rows.map(row => row.owner);
}

const PURGED: Into = { table: 'purged', columns: ['owner', 'stream', 'sequence'] };

export type Purge = { readonly stream: string; readonly sequence: number };

/** Erases bodies under a PURGE event of the same transaction, which the database insists on. Returns how many. */
export async function purgeBodies(
  writer: Writer,
  owners: readonly string[],
  { stream, sequence }: Purge,
): Promise<number> {
  await insertAll(
    writer,
    PURGED,
    owners.map(owner => [owner, stream, sequence]),
  );
  return writer.run(
    sql`delete from body where namespace = ${writer.namespace} and owner in ${anyOf(owners)}`,
  );
}

export async function purgedOwners(reader: Reader): Promise<Map<string, Purge>> {
  const rows = await reader.all<Purge & { owner: string }>(
    sql`select owner, stream, sequence from purged where namespace = ${reader.namespace}`,
  );
  return new Map(rows.map(({ owner, stream, sequence }) => [owner, { stream, sequence }]));
}

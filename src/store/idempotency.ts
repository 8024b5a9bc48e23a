import { canonicalJson, sha256 } from '../text/hash.js';
import { anyOf, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

export type StoredReply = { readonly arguments_hash: string; readonly reply: string };

export const findReply = (reader: Reader, tool: string, key: string): Promise<StoredReply | undefined> =>
  reader.get(sql`
    select arguments_hash, reply from idempotency
    where namespace = ${reader.namespace} and tool = ${tool} and key = ${kept(key)}`);

/** Whatever a caller makes its key of: nothing else of a call is kept unread, and a key may hold a secret. */
const kept = (key: string): string => sha256(key);

export type NewReply = {
  readonly tool: string;
  readonly key: string;
  readonly argumentsHash: string;
  readonly reply: string;
  readonly at: number;
};

export async function insertReply(
  writer: Writer,
  { tool, argumentsHash, reply, at, ...given }: NewReply,
): Promise<void> {
  const key = kept(given.key);
  await writer.run(sql`
    insert into idempotency values (${writer.namespace}, ${tool}, ${key}, ${argumentsHash}, ${reply}, ${at},
      ${rowHash({ tool, key, arguments_hash: argumentsHash, reply, at })})`);
}

/** Forgets replies older than `before` (Unix ms); their keys may be used anew. Returns how many. */
export const dropOldReplies = (writer: Writer, before: number): Promise<number> =>
  writer.run(sql`delete from idempotency where namespace = ${writer.namespace} and at < ${before}`);

/** A stored reply may quote what is being purged, so every reply that names the id goes too. */
export const dropRepliesNaming = (writer: Writer, id: string): Promise<number> =>
  writer.run(
    sql`delete from idempotency where namespace = ${writer.namespace} and ${writer.dialect.pieces.contains(sql`reply`, sql`${id}`)}`,
  );

/** The same for many ids that only replies which also name `within` can name. */
export const dropRepliesNamingAny = (
  writer: Writer,
  within: string,
  ids: readonly string[],
): Promise<number> =>
  writer.run(sql`
    delete from idempotency where namespace = ${writer.namespace} and ${writer.dialect.pieces.contains(sql`reply`, sql`${within}`)}
      and exists (select 1 from ${anyOf(ids)} named where ${writer.dialect.pieces.contains(sql`reply`, sql`named.value`)})`);

/** Tool and hashed key of the stored replies whose row is not as it was written. */
export async function alteredReplies(reader: Reader): Promise<Pick<Row, 'tool' | 'key'>[]> {
  const rows = await reader.all<Row & { hash: string }>(sql`
    select tool, key, arguments_hash, reply, at, hash from idempotency where namespace = ${reader.namespace}`);
  return rows.filter(row => row.hash !== rowHash(row));
}

type Row = StoredReply & { readonly tool: string; readonly key: string; readonly at: number };

/** Covers the whole row, so that a reply cannot move to another call either. */
const rowHash = ({ tool, key, arguments_hash, reply, at }: Row): string =>
  sha256(canonicalJson({ tool, key, arguments_hash, reply, at }));

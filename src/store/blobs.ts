import type { ScopedPage } from '../schema/listing.js';
import type { Scope } from '../schema/scope.js';
import { type ByPrefix, COMPLETED } from './completing.js';
import { everyRow } from './every-row.js';
import { deletePassages } from './passages.js';
import { inScope, withScope } from './scopes.js';
import { anyOf, beginsWith, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A blob as its row holds it; the bytes and the outline lie in its body. It never changes. Times are Unix milliseconds. */
export type BlobRow = {
  readonly id: string;
  /** Of the event that brought it. */
  readonly sequence: number;
  /** Of its bytes; unique within a namespace. */
  readonly sha256: string;
  readonly session_id: string | null;
  readonly name: string;
  readonly mime: string | null;
  readonly kind: string;
  readonly bytes: number;
  readonly tokens: number;
  readonly created_at: number;
};

export type StoredBlob = BlobRow & { readonly scope: Scope; readonly content: string };

export async function insertBlob(
  writer: Writer,
  row: BlobRow & { readonly scope_id: number },
): Promise<void> {
  await writer.run(sql`
    insert into blob (namespace, id, sequence, sha256, scope_id, session_id, name, mime, kind, bytes, tokens, created_at)
    values (${writer.namespace}, ${row.id}, ${row.sequence}, ${row.sha256}, ${row.scope_id}, ${row.session_id}, ${row.name},
      ${row.mime}, ${row.kind}, ${row.bytes}, ${row.tokens}, ${row.created_at})`);
}

export const blobById = (reader: Reader, id: string): Promise<StoredBlob | undefined> =>
  one(reader, sql`b.id = ${id}`);

export const blobBySha256 = (reader: Reader, sha256: string): Promise<StoredBlob | undefined> =>
  one(reader, sql`b.sha256 = ${sha256}`);

async function one(reader: Reader, condition: Sql): Promise<StoredBlob | undefined> {
  const row = await reader.get<BlobRow & { scope_key: string; content: string }>(sql`
    select b.id, b.sequence, b.sha256, b.session_id, b.name, b.mime, b.kind, b.bytes, b.tokens, b.created_at,
      s.key as scope_key, o.content
    from blob b join scope s on s.namespace = b.namespace and s.id = b.scope_id
      join body o on o.namespace = b.namespace and o.owner = b.id
    where b.namespace = ${reader.namespace} and ${condition}`);
  return row && withScope(row);
}

/** In order of id, after one. */
export const pageBlobs = (
  reader: Reader,
  { afterId = '', limit, scope }: ScopedPage,
): Promise<Pick<BlobRow, 'id' | 'name'>[]> =>
  reader.all(sql`
    select b.id, b.name from blob b
    where b.namespace = ${reader.namespace} and b.id > ${afterId}
      and ${inScope(reader.namespace, sql`b.scope_id`, scope)}
    order by b.id limit ${limit}`);

/** Ids that begin so, newest first. */
export const blobIdsWithPrefix: ByPrefix = (reader, prefix, scope) =>
  reader.all(sql`
    select b.id from blob b
    where b.namespace = ${reader.namespace} and ${beginsWith(sql`b.id`, prefix)}
      and ${inScope(reader.namespace, sql`b.scope_id`, scope)} order by b.id desc limit ${COMPLETED}`);

/** Those of the ids that there are, with the event that brought each. */
export const blobsById = (
  reader: Reader,
  ids: readonly string[],
): Promise<Pick<BlobRow, 'id' | 'sequence'>[]> =>
  reader.all(
    sql`select id, sequence from blob where namespace = ${reader.namespace} and id in ${anyOf(ids)} order by id`,
  );

/** Those that messages of these sessions keep, and those that were stored for one of them. */
export async function blobsOfSessions(reader: Reader, sessionIds: readonly string[]): Promise<string[]> {
  const rows = await reader.all<{ id: string }>(sql`
    select b.id from blob b where b.namespace = ${reader.namespace} and b.session_id in ${anyOf(sessionIds)}
    union select u.blob_id from message m join blob_use u on u.namespace = m.namespace and u.owner = m.id
    where m.namespace = ${reader.namespace} and m.session_id in ${anyOf(sessionIds)} order by 1`);
  return rows.map(row => row.id);
}

/** A row with its scope and its body. */
export type CheckedBlob = BlobRow & { readonly scope_key: string | null; readonly content: string | null };

/** Every row in order of id, few at a time as each may have megabytes, for verification. */
export const allBlobs = (reader: Reader): AsyncGenerator<CheckedBlob> =>
  everyRow({ by: 'id', from: '' }, after =>
    reader.all(sql`
      select b.id, b.sequence, b.sha256, b.session_id, b.name, b.mime, b.kind, b.bytes, b.tokens, b.created_at,
        s.key as scope_key, o.content
      from blob b left join scope s on s.namespace = b.namespace and s.id = b.scope_id
        left join body o on o.namespace = b.namespace and o.owner = b.id
      where b.namespace = ${reader.namespace} and b.id > ${after} order by b.id limit 20`),
  );

/** Their bodies have to be purged already. */
export async function deleteBlobs(writer: Writer, ids: readonly string[]): Promise<void> {
  await deletePassages(writer, ids);
  await writer.run(sql`delete from blob where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

import { anyOf, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** Who keeps a blob that was stored for itself; every other owner is a message that refers to it. */
export const BY_ITSELF = 'blob_put';

/** A blob and who keeps it: it is erased with the last of them. */
export type BlobUse = { readonly blob_id: string; readonly owner: string };

/** One that is there already stays. */
export async function insertUse(writer: Writer, blobId: string, owner: string): Promise<void> {
  await writer.run(
    sql`insert into blob_use values (${writer.namespace}, ${blobId}, ${owner}) on conflict do nothing`,
  );
}

export async function isUsedBy(reader: Reader, blobId: string, owner: string): Promise<boolean> {
  const row = await reader.get(sql`
    select 1 from blob_use where namespace = ${reader.namespace} and blob_id = ${blobId} and owner = ${owner}`);
  return row !== undefined;
}

/** Ends what these messages keep. Returns the blobs that nobody keeps any more. */
export async function dropUsesBy(writer: Writer, owners: readonly string[]): Promise<string[]> {
  const rows = await writer.all<{ blob_id: string }>(sql`
    select distinct u.blob_id from blob_use u
    where u.namespace = ${writer.namespace} and u.owner in ${anyOf(owners)} and not exists (
      select 1 from blob_use o
      where o.namespace = u.namespace and o.blob_id = u.blob_id and o.owner not in ${anyOf(owners)})
    order by u.blob_id`);
  await writer.run(
    sql`delete from blob_use where namespace = ${writer.namespace} and owner in ${anyOf(owners)}`,
  );
  return rows.map(row => row.blob_id);
}

export async function dropUsesOf(writer: Writer, blobIds: readonly string[]): Promise<void> {
  await writer.run(
    sql`delete from blob_use where namespace = ${writer.namespace} and blob_id in ${anyOf(blobIds)}`,
  );
}

/** How many messages show a reference to one of these blobs. */
export const countMessagesKeeping = (reader: Reader, blobIds: readonly string[]): Promise<number> =>
  reader.count(sql`
    select count(distinct owner) as count from blob_use
    where namespace = ${reader.namespace} and blob_id in ${anyOf(blobIds)} and owner <> ${BY_ITSELF}`);

/** Every use, for verification. */
export const allUses = (reader: Reader): Promise<BlobUse[]> =>
  reader.all(sql`select blob_id, owner from blob_use where namespace = ${reader.namespace}`);

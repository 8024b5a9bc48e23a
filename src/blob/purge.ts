import { erase } from '../ledger/erase.js';
import { eventOwner } from '../ledger/seal.js';
import type { Sources } from '../sources.js';
import { dropUsesBy, dropUsesOf } from '../store/blob-uses.js';
import { blobsById, deleteBlobs } from '../store/blobs.js';
import { dropRepliesNaming } from '../store/idempotency.js';
import { dropUnusedScopes } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import { STREAM } from './parts.js';

/**
 * Erases blobs for good: bytes, outline, row, the body of the event that brought each, stored replies and scope names
 * that nobody uses any more, under one PURGE event.
 */
export async function purgeBlobs(
  { sources }: { readonly sources: Sources },
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  const rows = await blobsById(writer, ids);
  const owners = rows.flatMap(({ id, sequence }) => [id, eventOwner(STREAM, sequence)]);
  await erase(writer, sources, { stream: STREAM, at: sources.now(), payload: { ids: [...ids], owners } });
  await dropUsesOf(writer, ids);
  await deleteBlobs(writer, ids);
  for (const id of ids) await dropRepliesNaming(writer, id);
  await dropUnusedScopes(writer);
}

/** Erases for good the blobs that these messages kept, and that nothing else does. */
export async function purgeUnkept(
  ground: { readonly sources: Sources },
  writer: Writer,
  messageIds: readonly string[],
): Promise<void> {
  const ids = await dropUsesBy(writer, messageIds);
  if (ids.length > 0) await purgeBlobs(ground, writer, ids);
}

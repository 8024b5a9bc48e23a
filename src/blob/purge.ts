import { append } from '../ledger/ledger.js';
import { eventOwner } from '../ledger/seal.js';
import type { Sources } from '../sources.js';
import { blobsById, deleteBlobs } from '../store/blobs.js';
import { purgeBodies } from '../store/bodies.js';
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
  const payload = { ids: [...ids], owners };
  const sequence = await append(writer, sources, {
    stream: STREAM,
    type: 'PURGE',
    at: sources.now(),
    payload,
  });
  await purgeBodies(writer, owners, { stream: STREAM, sequence });
  await deleteBlobs(writer, ids);
  for (const id of ids) await dropRepliesNaming(writer, id);
  await dropUnusedScopes(writer);
}

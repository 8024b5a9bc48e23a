import { erase } from '../ledger/erase.js';
import { reasonOwner } from '../ledger/seal.js';
import type { StoredChange } from '../schema/memory.js';
import { batchesNaming } from '../store/batches.js';
import { withBody } from '../store/bodies.js';
import { dropRepliesNaming } from '../store/idempotency.js';
import { importedMemories } from '../store/imports.js';
import { deleteMemories, numbersOf } from '../store/memories.js';
import { deleteTexts } from '../store/memory-text.js';
import { dropUnusedScopes } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import { lowerMarks } from '../store/vector-claims.js';
import { deleteVectors } from '../store/vectors.js';
import type { Parts } from './parts.js';

/**
 * Erases memories for good: bodies under one PURGE event, the free text of the decisions about them, their rows,
 * index rows, vectors, states, stored replies and the scope names nobody uses any more. The chain stays valid.
 */
export async function purge(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  const batches = await batchesNaming(writer, ids);
  const texts = batches.flatMap(batch => [reasonOwner(batch.id), ...rationales(batch)]);
  const owners = [...ids, ...(await withBody(writer, [...texts, ...(await importedMemories(writer, ids))]))];
  await erase(writer, sources, { stream: 'memory', at: sources.now(), payload: { ids, owners } });
  await deleteTexts(writer, ids);
  await deleteVectors(writer, 'memory', numbersOf(writer.namespace, ids));
  await deleteMemories(writer, ids);
  await lowerMarks(writer, 'memory');
  for (const id of ids) await dropRepliesNaming(writer, id);
  await dropUnusedScopes(writer);
}

/** Why a batch retires something is free text as well; it lies beside the batch. */
function rationales({ id, changes }: { readonly id: string; readonly changes: string }): string[] {
  const parsed: StoredChange[] = JSON.parse(changes);
  return parsed.flatMap((change, index) => (!change.memory_id && change.body_hash ? `${id}/${index}` : []));
}

import { ApprovalNeeded, EngineError } from '../errors.js';
import { commitBatch, isExpired, summaryOf } from '../memory/commit.js';
import { obstacle, policyFor } from '../memory/policy.js';
import type { Call } from '../schema/call.js';
import type { Batch } from '../schema/memory.js';
import { findBatch } from '../store/batches.js';
import type { Reader, Writer } from '../store/store.js';
import type { Parts } from './parts.js';

/**
 * Commits a batch in the transaction that seals an episode. Returns the ids committed; none when it was committed before.
 * Throws `not_found`, `conflict` and `forbidden`.
 */
export async function commitAtMilestone(
  { sources, options }: Pick<Parts, 'sources' | 'options'>,
  writer: Writer,
  { batchId, call }: { readonly batchId: string; readonly call: Call },
): Promise<readonly string[]> {
  const batch = await findBatch(writer, batchId);
  if (!batch)
    throw new EngineError(
      'not_found',
      `There is no batch ${batchId}. No episode was sealed.`,
      'Use the batch_id that memory_propose returned, or leave it out.',
    );
  if (batch.status === 'committed') return [];
  if (batch.status === 'rejected' || isExpired(batch, options, sources.now()))
    throw new EngineError(
      'conflict',
      `Batch ${batchId} is ${batch.status === 'rejected' ? 'rejected' : 'expired'}. No episode was sealed.`,
      'Leave batch_id out, or call memory_propose again if it still holds.',
    );
  await demandPermission(writer, batch, { options, call });
  return (await commitBatch(writer, sources, { batch })).committed_ids;
}

async function demandPermission(
  reader: Reader,
  batch: Batch,
  { options, call }: { readonly options: Parts['options']; readonly call: Call },
): Promise<void> {
  const reason = obstacle(policyFor(options, batch.trust), call, 'milestone');
  if (!reason) return;
  const message = `Batch ${batch.id} needs a person's approval. No episode was sealed.`;
  const hint = `${reason} Or seal the episode without batch_id.`;
  if (call.approval === 'declined')
    throw new EngineError('forbidden', `The person asked did not agree to commit ${batch.id}.`, hint);
  throw new ApprovalNeeded(message, hint, `Commit these memories?\n${await summaryOf(reader, batch)}`);
}

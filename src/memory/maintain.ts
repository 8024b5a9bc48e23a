import { append } from '../ledger/ledger.js';
import { buildPassages } from '../passage/build.js';
import { type Batch, MEMORY_TYPES } from '../schema/memory.js';
import { decideBatch, pendingBatches } from '../store/batches.js';
import { dropOldReplies } from '../store/idempotency.js';
import { fadedMemories, moveMemory } from '../store/memories.js';
import type { Store, Writer } from '../store/store.js';
import { dropOld, retireUnused } from '../store/vector-models.js';
import { DAY } from '../text/time.js';
import { memoryIds } from './commit.js';
import { deprecate } from './forget.js';
import type { Parts } from './parts.js';

export type Maintenance = {
  readonly expired_batches: number;
  readonly deprecated_memories: number;
  readonly dropped_replies: number;
  /** Sets of vectors that those of another embedder have long replaced, which are gone now. */
  readonly dropped_models: number;
  /** What an earlier version wrote and search could not find yet. */
  readonly indexed: number;
  readonly wal_pending: boolean;
};

/**
 * Expires undecided batches, applies retention to the types it is on for, forgets old idempotency replies, drops
 * vectors that nobody uses, indexes what an earlier version left and empties the log.
 */
export async function maintain(
  parts: Parts,
  { namespace }: { readonly namespace: string },
): Promise<Maintenance> {
  const { store, sources, options } = parts;
  const now = sources.now();
  const expired_batches = await store.write(namespace, writer => expireBatches(parts, writer, now));
  const deprecated_memories = await store.write(namespace, writer => fade(parts, writer, now));
  const dropped_replies = await store.write(namespace, writer =>
    dropOldReplies(writer, now - options.idempotencyDays * DAY),
  );
  return {
    expired_batches,
    deprecated_memories,
    dropped_replies,
    dropped_models: await dropModels(store, namespace, { unusedSince: now - UNUSED_DAYS * DAY }),
    indexed: await buildPassages({ store, namespace }),
    wal_pending: !(await store.settle(namespace)),
  };
}

/** A window that is set up with another embedder brings its vectors up to date whenever it is used. */
const UNUSED_DAYS = 30;
const VECTORS = 500;

async function dropModels(
  store: Store,
  namespace: string,
  { unusedSince }: { readonly unusedSince: number },
): Promise<number> {
  const retired = await store.write(namespace, writer => retireUnused(writer, unusedSince));
  while (await store.write(namespace, writer => dropOld(writer, VECTORS))) {
    // A slice at a time, so that no other writer waits for long.
  }
  return retired;
}

async function expireBatches(parts: Parts, writer: Writer, now: number): Promise<number> {
  const createdBefore = now - parts.options.batchExpiryDays * DAY;
  const batches = await pendingBatches(writer, { createdBefore, limit: 10_000 });
  for (const batch of batches) await expire(parts, writer, { batch, at: now });
  return batches.length;
}

async function expire(
  { sources }: Parts,
  writer: Writer,
  { batch, at }: { batch: Batch; at: number },
): Promise<void> {
  await decideBatch(writer, batch.id, 'expired', at);
  const ids = memoryIds(batch.changes);
  const sequence = await append(writer, sources, {
    stream: 'memory',
    type: 'MEMORY_EXPIRED',
    at,
    payload: { batch_id: batch.id, ids },
  });
  for (const id of ids) await moveMemory(writer, id, { from: 'proposed', to: 'expired', at, sequence });
}

async function fade(parts: Parts, writer: Writer, now: number): Promise<number> {
  const { retention, retentionDays, retentionImportance } = parts.options;
  const faded = await fadedMemories(writer, {
    types: MEMORY_TYPES.filter(type => retention.includes(type)),
    before: now - retentionDays * DAY,
    importance: retentionImportance,
  });
  const ids = faded.map(row => row.id);
  if (ids.length > 0) await deprecate(parts, writer, { ids, reason: 'retention' });
  return ids.length;
}

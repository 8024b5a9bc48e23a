import type { Memory, StoredChange, Trust } from '../schema/memory.js';
import { pendingBatches } from '../store/batches.js';
import { findMemories } from '../store/memories.js';
import type { Store } from '../store/store.js';
import { formatTime } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';

/** A batch that waits for a decision, with the memories it would add. */
export type Pending = {
  readonly batch_id: string;
  readonly trust: Trust;
  readonly created_at: number;
  readonly changes: readonly (StoredChange & { readonly memory?: Memory })[];
};

/** Batches that nobody has decided yet, oldest first. */
export const pending = (
  store: Store,
  { namespace }: { readonly namespace: string },
  limit = 100,
): Promise<Pending[]> =>
  store.read(namespace, async reader => {
    const batches = await pendingBatches(reader, { limit });
    const memories = await findMemories(
      reader,
      batches.flatMap(batch => batch.changes.flatMap(change => change.memory_id ?? [])),
    );
    const byId = new Map(memories.map(memory => [memory.id, memory]));
    return batches.map(({ id, trust, created_at, changes }) => ({
      batch_id: id,
      trust,
      created_at,
      changes: changes.map(change => {
        const memory = byId.get(change.memory_id ?? '');
        return memory ? { ...change, memory } : change;
      }),
    }));
  });

/** A batch as a person or a model reads it before deciding; outside text is fenced. */
export const pendingText = ({ batch_id, trust, created_at, changes }: Pending): string =>
  [
    `${batch_id} (${trust}, ${formatTime(created_at)})`,
    ...changes.map(({ op, memory, target_id, supersedes }) => {
      const what = memory
        ? `${memory.type}: ${fenceUntrusted(memory.content, memory.trust)}`
        : (target_id ?? '');
      return `- ${op} ${what}${supersedes?.length ? ` (replaces ${supersedes.join(', ')})` : ''}`;
    }),
  ].join('\n');

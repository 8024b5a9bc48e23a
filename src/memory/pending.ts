import type { Call } from '../schema/call.js';
import type { Memory, StoredChange, Trust } from '../schema/memory.js';
import { scopeToRead } from '../scope.js';
import { pendingBatches } from '../store/batches.js';
import { findMemories } from '../store/memories.js';
import type { Store } from '../store/store.js';
import { formatTime } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';

/** A batch that waits for a decision, with the memories it would add as far as the caller's scope reaches. */
export type Pending = {
  readonly batch_id: string;
  readonly trust: Trust;
  readonly created_at: number;
  readonly changes: readonly (StoredChange & { readonly memory?: Memory })[];
};

/** Batches that nobody has decided yet, oldest first; within the home only those that concern it, without other text. */
export const pending = (
  store: Store,
  { namespace, home, within }: Pick<Call, 'namespace' | 'home' | 'within'>,
  limit = 100,
): Promise<Pending[]> =>
  store.read(namespace, async reader => {
    const scope = within && scopeToRead({}, home);
    const batches = await pendingBatches(reader, { limit, scope });
    const ids = batches.flatMap(batch => batch.changes.flatMap(change => change.memory_id ?? []));
    const memories = await findMemories(reader, ids, { scope });
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
    ...changes.map(
      change =>
        `- ${change.op} ${subjectOf(change)}${change.supersedes?.length ? ` (replaces ${change.supersedes.join(', ')})` : ''}`,
    ),
  ].join('\n');

function subjectOf({ memory, memory_id, target_id = '' }: Pending['changes'][number]): string {
  if (memory) return `${memory.type}: ${fenceUntrusted(memory.content, memory.trust)}`;
  return memory_id === undefined ? target_id : `memory://${memory_id} of another scope, or purged`;
}

import type { Batch } from '../schema/memory.js';
import { countPending, pendingAddingNothing, type Waiting } from '../store/batches.js';
import type { Store } from '../store/store.js';
import type { Resolved } from './filter.js';

export type Page = Waiting & {
  readonly matches: number;
  readonly first: boolean;
};

/**
 * What is only proposed is not recalled: where that may be why nothing is found, the next call is named. Batches that add
 * nothing are no hits, so a search of what is proposed names them.
 */
export async function undecided(
  { store, namespace }: { readonly store: Store; readonly namespace: string },
  { filter: { memories }, asOf }: Resolved,
  { matches, first, ...waiting }: Page,
): Promise<string[]> {
  if (!memories || asOf !== undefined || !first) return [];
  const { scope, statuses } = memories;
  if (statuses.includes('proposed')) {
    const asked = { scope, waiting, limit: MOST + 1 };
    return named(await store.read(namespace, reader => pendingAddingNothing(reader, asked)));
  }
  if (matches > 0 || statuses.some(status => status !== 'active')) return [];
  const pending = await store.read(namespace, reader => countPending(reader, scope, waiting));
  if (pending === 0) return [];
  return [`Batches not committed yet: ${pending}. Repeat with statuses ["proposed"] to search them.`];
}

/** Of batches, and of what each of them retires. */
const MOST = 5;

function named(batches: readonly Batch[]): string[] {
  if (batches.length === 0) return [];
  const each = batches.slice(0, MOST).map(({ id, changes }) => {
    const does = changes.map(({ op, target_id }) => (target_id ? `${op} memory://${target_id}` : op));
    return `${id} (${[...does.slice(0, MOST), ...(does.length > MOST ? ['and more'] : [])].join(', ')})`;
  });
  const more = batches.length > MOST ? ['and more'] : [];
  return [`Batches that add nothing: ${[...each, ...more].join(', ')}. memory_commit decides each.`];
}

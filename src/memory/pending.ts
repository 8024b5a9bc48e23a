import type { Call } from '../schema/call.js';
import type { Memory, StoredChange, Trust } from '../schema/memory.js';
import { scopeToRead } from '../scope.js';
import { pendingBatches } from '../store/batches.js';
import { findMemories } from '../store/memories.js';
import { estimateTokens } from '../text/estimate.js';
import { fitting, pack } from '../text/pack.js';
import { formatTime } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';
import type { Parts } from './parts.js';

/** A batch that waits for a decision, with the memories it would add, retire or replace as far as the caller's scope reaches. */
export type Pending = {
  readonly batch_id: string;
  readonly trust: Trust;
  readonly created_at: number;
  readonly changes: readonly (StoredChange & {
    /** What it adds or retires. */
    readonly memory?: Memory;
    readonly replaced?: readonly Memory[];
  })[];
  /** How many changes were left out of `changes`. */
  readonly further?: number;
};

/** Batches that nobody has decided yet, oldest first; within the home only those that concern it, without other text. */
export const pending = (
  { store, sources, options }: Pick<Parts, 'store' | 'sources' | 'options'>,
  { namespace, home, within }: Pick<Call, 'namespace' | 'home' | 'within'>,
  limit = 100,
): Promise<Pending[]> =>
  store.read(namespace, async reader => {
    const scope = within && scopeToRead({}, home);
    const batches = await pendingBatches(reader, {
      waiting: { ...options, now: sources.now() },
      limit,
      scope,
    });
    const ids = batches.flatMap(batch => batch.changes.flatMap(namedIn));
    const memories = await findMemories(reader, ids, { scope });
    const byId = new Map(memories.map(memory => [memory.id, memory]));
    return batches.map(({ id, trust, created_at, changes }) => ({
      batch_id: id,
      trust,
      created_at,
      changes: changes.map(change => {
        const memory = byId.get(change.memory_id ?? change.target_id ?? '');
        const replaced = change.supersedes?.flatMap(id => byId.get(id) ?? []) ?? [];
        return { ...change, ...(memory && { memory }), ...(replaced.length > 0 && { replaced }) };
      }),
    }));
  });

const namedIn = ({ memory_id, target_id, supersedes = [] }: StoredChange): string[] =>
  [memory_id, target_id, ...supersedes].filter(id => id !== undefined);

/** The first batches that fit in so many tokens; of one too large alone the first changes, at least one. */
export function fitBatches(batches: readonly Pending[], budget: number): readonly Pending[] {
  const cost = (batch: Pending) => estimateTokens(pendingText(batch));
  const cut = (batch: Pending): Pending => {
    const most = fitting(batch.changes, { budget, cost: change => estimateTokens(changeText(change)) });
    const changes = batch.changes.slice(0, Math.max(1, most.length));
    return { ...batch, changes, further: batch.changes.length - changes.length };
  };
  return pack(batches, { budget, cost, cut }).taken;
}

/** A batch as a person or a model reads it before deciding; outside text is fenced. */
export const pendingText = ({ batch_id, trust, created_at, changes, further = 0 }: Pending): string =>
  [
    `${batch_id} (${trust}, ${formatTime(created_at)})`,
    ...changes.map(changeText),
    ...(further > 0
      ? [`- and ${further} more changes, which \`mintmark review\` shows: leave this batch to a person there`]
      : []),
  ].join('\n');

function changeText(change: Pending['changes'][number]): string {
  const replaced = change.supersedes?.map(id => {
    const old = change.replaced?.find(memory => memory.id === id);
    return `  in place of ${old ? said(old) : id}`;
  });
  return [`- ${change.op} ${subjectOf(change)}`, ...(replaced ?? [])].join('\n');
}

function subjectOf({ memory, memory_id, target_id = '' }: Pending['changes'][number]): string {
  if (memory) return said(memory);
  return memory_id === undefined ? target_id : `memory://${memory_id} of another scope, or purged`;
}

/** A fence is one only at the beginning of a line. */
function said({ type, content, trust }: Memory): string {
  const text = fenceUntrusted(content, trust);
  return `${type}:${text === content ? ' ' : '\n'}${text}`;
}

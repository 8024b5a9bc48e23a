import { EngineError } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import type { MemoryStatus } from '../schema/memory.js';
import { describeScope, scopeToRead } from '../scope.js';
import { idsInScope, type MemoryState, memoryStates, moveMemory } from '../store/memories.js';
import type { Reader, Writer } from '../store/store.js';
import type { Parts } from './parts.js';
import { purge } from './purge.js';

export type Forgetting = {
  readonly ids?: readonly string[] | undefined;
  readonly graph_nodes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly purge?: boolean | undefined;
  readonly restore?: boolean | undefined;
  readonly dry_run?: boolean | undefined;
  readonly expected_count?: number | undefined;
};

export type Forgotten = {
  readonly count: number;
  readonly ids: readonly string[];
  readonly purged: boolean;
  readonly dry_run?: true;
  /** Another window still reads the old pages; `mintmark maintain` finishes the erasure. */
  readonly wal_pending?: boolean;
  readonly note?: string;
  readonly scope: string;
};

export const OUT_OF_REACH = 'Packs, exports and backups made earlier still hold it; they are out of reach.';
const LISTED = 100;

/** Deprecates, restores or purges memories, by id at once or by scope after a dry run that says how many. */
export async function forget(parts: Parts, input: Forgetting, call: Call): Promise<Replayable<Forgotten>> {
  demandOneWay(input);
  const verb = input.purge ? 'purge' : input.restore ? 'restore' : 'deprecate';
  const filter = scopeToRead(input, call.home);
  const scope = input.ids ? 'named ids' : describeScope(filter);
  const select = async (reader: Reader): Promise<readonly string[]> =>
    input.ids ? [...new Set(input.ids)] : (await idsInScope(reader, filter, BULK[verb])).map(row => row.id);
  if (input.dry_run ?? !input.ids) {
    const ids = await parts.store.read(call.namespace, async reader =>
      changed(await demandKnown(reader, await select(reader), verb), verb),
    );
    return {
      count: ids.length,
      ids: ids.slice(0, LISTED),
      purged: false,
      dry_run: true,
      note:
        ids.length === 0
          ? `There is nothing to ${verb} here.`
          : `Nothing was changed. To ${verb}: the same call with dry_run false and expected_count ${ids.length}.`,
      scope,
    };
  }
  const done = await transact(parts, call, async writer => {
    const states = await demandKnown(writer, await select(writer), verb);
    const ids = changed(states, verb);
    demandCount(input, ids.length);
    if (ids.length > 0) await ACT[verb](parts, writer, ids);
    return { count: ids.length, ids: ids.slice(0, LISTED), purged: verb === 'purge', scope };
  });
  if (verb !== 'purge') return done;
  return { ...done, wal_pending: !(await parts.store.settle(call.namespace)), note: OUT_OF_REACH };
}

/** For callers that hold the transaction. Throws `not_found`. */
export async function purgeKnown(parts: Parts, writer: Writer, ids: readonly string[]): Promise<void> {
  await demandKnown(writer, ids, 'purge');
  await purge(parts, writer, ids);
}

type Verb = 'deprecate' | 'restore' | 'purge';

const BULK: Readonly<Record<Verb, readonly MemoryStatus[]>> = {
  deprecate: ['active'],
  restore: ['deprecated'],
  purge: ['proposed', 'active', 'superseded', 'deprecated', 'rejected', 'expired'],
};

const ACT: Readonly<Record<Verb, (parts: Parts, writer: Writer, ids: readonly string[]) => Promise<void>>> = {
  deprecate: (parts, writer, ids) => deprecate(parts, writer, { ids, reason: 'forget' }),
  restore: (parts, writer, ids) =>
    move(parts, writer, { ids, type: 'MEMORY_RESTORED', from: 'deprecated', to: 'active' }),
  purge,
};

/** Deprecation, also by retention: never silent, always with its event. */
export const deprecate = (
  parts: Pick<Parts, 'sources'>,
  writer: Writer,
  { ids, reason }: { ids: readonly string[]; reason: string },
): Promise<void> =>
  move(parts, writer, { ids, type: 'MEMORY_DEPRECATED', from: 'active', to: 'deprecated', reason });

type Move = {
  readonly ids: readonly string[];
  readonly type: 'MEMORY_DEPRECATED' | 'MEMORY_RESTORED';
  readonly from: MemoryStatus;
  readonly to: MemoryStatus;
  readonly reason?: string;
};

async function move(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  { ids, type, from, to, reason }: Move,
): Promise<void> {
  const at = sources.now();
  const sequence = await append(writer, sources, {
    stream: 'memory',
    type,
    at,
    payload: { ids, ...(reason && { reason }) },
  });
  for (const id of ids) await moveMemory(writer, id, { from, to, at, sequence });
}

function demandOneWay({ ids, graph_nodes, tags, purge: purging, restore }: Forgetting): void {
  const hint = 'Call memory_forget with ids, or with graph_nodes and/or tags for everything in a scope.';
  if (purging && restore)
    throw new EngineError(
      'invalid',
      'purge and restore exclude each other.',
      'Give one of the two; what is purged cannot be restored.',
    );
  if (ids && (graph_nodes || tags))
    throw new EngineError('invalid', 'Both ids and a scope were given.', hint);
  if (!ids?.length && !graph_nodes && !tags?.length)
    throw new EngineError('invalid', 'Nothing says what to forget.', hint);
}

function demandCount({ ids, expected_count }: Forgetting, count: number): void {
  if (expected_count === undefined && ids) return;
  if (expected_count === count) return;
  throw new EngineError(
    'conflict',
    `expected_count is ${expected_count ?? 'missing'}, but ${count} memories would change.`,
    `Nothing was changed. Look at the dry run, then repeat with expected_count ${count}.`,
  );
}

/** The states of memories that can be moved on so. Throws `invalid`, `not_found` and `conflict`. */
export async function demandKnown(
  reader: Reader,
  ids: readonly string[],
  verb: Verb,
): Promise<MemoryState[]> {
  const other = ids.find(id => !id.startsWith('mem_'));
  if (other !== undefined)
    throw new EngineError(
      'invalid',
      `"${other}" is no memory id.`,
      'Give ids that start with mem_, as search returns them.',
    );
  const states = await memoryStates(reader, ids);
  const known = new Map(states.map(state => [state.id, state]));
  const missing = ids.filter(id => !known.has(id));
  if (missing.length > 0)
    throw new EngineError(
      'not_found',
      `There is no memory ${missing.join(', ')}.`,
      'Nothing was changed. Take ids from search; what was purged is gone.',
    );
  const wrong = states.filter(
    state => verb !== 'purge' && !REACHES[verb].some(status => status === state.status),
  );
  if (wrong.length > 0)
    throw new EngineError(
      'conflict',
      `Cannot ${verb} ${wrong.map(state => `${state.id} (${state.status})`).join(', ')}.`,
      ADVICE[verb],
    );
  return ids.flatMap(id => known.get(id) ?? []);
}

/** A repeated call finds its work done, which is no error. */
const REACHES = {
  deprecate: ['active', 'deprecated'],
  restore: ['deprecated', 'active'],
} as const satisfies Record<string, readonly MemoryStatus[]>;

const ADVICE: Readonly<Record<Verb, string>> = {
  deprecate:
    'Nothing was changed. Only active memories are deprecated; reject a proposed one with memory_commit, or purge it.',
  restore: 'Nothing was changed. Only deprecated memories are restored; propose a superseded statement anew.',
  purge: '',
};

const changed = (states: readonly MemoryState[], verb: Verb): string[] =>
  states.filter(({ status }) => verb === 'purge' || status === REACHES[verb][0]).map(({ id }) => id);

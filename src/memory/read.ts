import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Memory } from '../schema/memory.js';
import { describeWritten, scopeToRead } from '../scope.js';
import { findMemories, idsWithPrefix, pageMemories, statusAt } from '../store/memories.js';
import type { Reader, Store } from '../store/store.js';
import { titleOf } from '../text/shorten.js';
import { formatTime } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';

/** A memory as it is shown: times in ISO 8601, absent fields left out. */
export type MemoryView = Readonly<Record<string, string | number | readonly string[]>> & {
  readonly id: string;
  readonly status: string;
};

export type Shown = { readonly memory: Memory; readonly view: MemoryView; readonly text: string };

/** One memory by id, as it was known at `asOf` (Unix ms). Throws `not_found`, and says so when it was not known yet. */
export const readMemory = (
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  { id, asOf }: { id: string; asOf?: number | undefined },
): Promise<Shown> =>
  store.read(namespace, async reader => {
    const [memory] = await findMemories(reader, [id]);
    if (!memory)
      throw new EngineError(
        'not_found',
        `There is no memory ${id}.`,
        'Take the uri from a search hit; what was purged is gone.',
      );
    const known = asOf === undefined ? memory : await knownAt(reader, memory, asOf);
    return { memory, view: view(known), text: fenceUntrusted(memory.content, memory.trust) };
  });

/** Without what came later. A superseded memory stays so, hence only its status tells whether it had its successor. */
async function knownAt(reader: Reader, memory: Memory, at: number): Promise<Memory> {
  const status = await statusAt(reader, memory.id, at);
  if (!status)
    throw new EngineError(
      'not_found',
      `Memory ${memory.id} was not known yet at ${formatTime(at)}.`,
      'Leave as_of out to read it as it is now.',
    );
  return {
    ...memory,
    status,
    superseded_by: status === 'superseded' ? memory.superseded_by : null,
    committed_at: (memory.committed_at ?? 0) <= at ? memory.committed_at : null,
  };
}

export type Listed = { readonly id: string; readonly title: string };

/** Active memories of the home scope and global in order of id, for listings. */
export const listMemories = (
  store: Store,
  call: Call,
  { afterId, limit }: { afterId?: string | undefined; limit: number },
): Promise<Listed[]> =>
  store.read(call.namespace, async reader => {
    const scope = homeFilter(call);
    const memories = await pageMemories(reader, {
      limit,
      statuses: ['active'],
      scope,
      ...(afterId && { afterId }),
    });
    return memories.map(({ id, content }) => ({
      id,
      title: titleOf(content),
    }));
  });

/** Ids of the home scope and global that begin with what was typed, newest first. */
export const completeIds = (store: Store, call: Call, prefix: string): Promise<string[]> =>
  store.read(call.namespace, async reader => {
    const rows = await idsWithPrefix(reader, prefix, { scope: homeFilter(call), limit: 100 });
    return rows.map(row => row.id);
  });

const homeFilter = ({ home }: Call) => scopeToRead({}, home);

function view(memory: Memory): MemoryView {
  const { hash, created_at, committed_at, valid_from, valid_to, graph_nodes, tags, ...rest } = memory;
  const times = { created_at, committed_at, valid_from, valid_to };
  const shown = {
    ...rest,
    scope: describeWritten(memory),
    graph_nodes,
    tags,
    ...Object.fromEntries(
      Object.entries(times).map(([name, time]) => [name, time === null ? null : formatTime(time)]),
    ),
    hash,
  };
  const kept = Object.entries(shown).flatMap(([name, value]) =>
    value === null || (Array.isArray(value) && value.length === 0) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(kept), id: memory.id, status: memory.status };
}

import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Page, Titled } from '../schema/listing.js';
import type { Memory } from '../schema/memory.js';
import { describeWritten, scopeToRead } from '../scope.js';
import { completing } from '../store/completing.js';
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

/** Active memories of the home scope and global in order of id, for listings. */
export const listMemories = (store: Store, call: Call, page: Page): Promise<Titled[]> =>
  store.read(call.namespace, async reader => {
    const scope = scopeToRead({}, call.home);
    const memories = await pageMemories(reader, { ...page, statuses: ['active'], scope });
    return memories.map(({ id, content }) => ({ id, title: titleOf(content) }));
  });

export const completeIds = completing(idsWithPrefix);

function view(memory: Memory): MemoryView {
  const { hash, created_at, committed_at, valid_from, valid_to, graph_nodes, tags, rationale, ...rest } =
    memory;
  const times = { created_at, committed_at, valid_from, valid_to };
  const shown = {
    ...rest,
    rationale: rationale === null ? null : fenceUntrusted(rationale, memory.trust),
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

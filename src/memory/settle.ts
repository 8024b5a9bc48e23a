import type { Memory, MemoryBody, StoredChange } from '../schema/memory.js';
import type { Sources } from '../sources.js';
import { findBatch } from '../store/batches.js';
import { findMemories } from '../store/memories.js';
import type { Writer } from '../store/store.js';
import { memoryIds, rejectBatch } from './commit.js';
import { bareId } from './draft.js';
import { sameness } from './known.js';
import type { Resemblance } from './look-alikes.js';
import { type Identified, type Staged, trustOfAll } from './stage.js';

export type Committed = {
  readonly drafts: readonly Identified[];
  /** Of each that adds a memory what it resembles, in their order. */
  readonly resembling: readonly Resemblance[];
  readonly staged: Staged;
};

/** A batch that waited and needs no decision any more. */
export type Settled = { readonly batch_id: string; readonly memory_ids: readonly string[] };

/**
 * Rejects the batches that were held back for a contradiction and only say what was committed now, where something of it
 * replaces what they contradict: left to wait they would be committed a second time.
 */
export async function settle(
  writer: Writer,
  sources: Sources,
  { drafts, resembling, staged }: Committed,
): Promise<Settled[]> {
  const additions = drafts.flatMap(draft => ('body' in draft ? draft : []));
  const replacing = additions.filter(({ op }) => op === 'supersede');
  const alike = resembling.flatMap(({ lookalikes }) =>
    lookalikes.filter(({ similarity }) => similarity === 1),
  );
  if (replacing.length === 0 || alike.length === 0) return [];
  const found = await findMemories(
    writer,
    alike.map(({ uri }) => bareId(uri)),
  );
  const waiting = found.filter(({ status }) => status === 'proposed');
  const again = saying(waiting, additions);
  const moot = { again, replacing: saying(waiting, replacing), leaving: leavingBy(staged.changes) };
  const settled: Settled[] = [];
  for (const id of new Set(waiting.map(({ batch_id }) => batch_id))) {
    const batch = await findBatch(writer, id);
    if (!batch || batch.trust !== trustOfAll(drafts) || !isMoot(batch.changes, moot)) continue;
    await rejectBatch(writer, sources, { batch, reason: `Committed by ${staged.id}.` });
    settled.push({ batch_id: id, memory_ids: memoryIds(batch.changes) });
  }
  return settled;
}

/** The ids of those memories that say what one of the additions says. */
function saying(
  memories: readonly Memory[],
  additions: readonly { readonly body: MemoryBody }[],
): ReadonlySet<string> {
  const said = new Set(additions.map(({ body }) => sameness(body)));
  return new Set(memories.filter(memory => said.has(sameness(memory))).map(({ id }) => id));
}

const leavingBy = (changes: readonly StoredChange[]): ReadonlySet<string> =>
  new Set(
    changes.flatMap(({ supersedes = [], target_id }) => [...supersedes, ...(target_id ? [target_id] : [])]),
  );

type Moot = {
  /** What is committed now under another id, and that of it which replaces something. */
  readonly again: ReadonlySet<string>;
  readonly replacing: ReadonlySet<string>;
  /** What is replaced or retired now. */
  readonly leaving: ReadonlySet<string>;
};

/** Whether every change of a batch has been made without it. Pure. */
const isMoot = (changes: readonly StoredChange[], { again, replacing, leaving }: Moot): boolean =>
  changes.some(({ memory_id = '' }) => replacing.has(memory_id)) &&
  changes.every(
    ({ memory_id, supersedes = [], target_id }) =>
      (memory_id === undefined || again.has(memory_id)) &&
      supersedes.every(id => leaving.has(id)) &&
      (target_id === undefined || leaving.has(target_id)),
  );

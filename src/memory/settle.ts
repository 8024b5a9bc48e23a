import type { Sources } from '../sources.js';
import { findBatch } from '../store/batches.js';
import { findMemories } from '../store/memories.js';
import type { Writer } from '../store/store.js';
import { rejectBatch } from './commit.js';
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

/**
 * Rejects the batches that were held back for a contradiction and only add what was committed now as replacing what they
 * contradict: left to wait they would be committed a second time. Returns their ids.
 */
export async function settle(
  writer: Writer,
  sources: Sources,
  { drafts, resembling, staged }: Committed,
): Promise<string[]> {
  const additions = drafts.flatMap(draft => ('body' in draft ? draft : []));
  const replacing = additions.filter(({ op }) => op === 'supersede');
  const alike = resembling
    .filter((_, index) => additions[index]?.op === 'supersede')
    .flatMap(({ lookalikes }) => lookalikes.filter(({ similarity }) => similarity === 1));
  if (alike.length === 0) return [];
  const said = new Set(replacing.map(({ body }) => sameness(body)));
  const found = await findMemories(
    writer,
    alike.map(({ uri }) => bareId(uri)),
  );
  const same = found.filter(memory => memory.status === 'proposed' && said.has(sameness(memory)));
  const settled: string[] = [];
  for (const id of new Set(same.map(({ batch_id }) => batch_id))) {
    const batch = await findBatch(writer, id);
    const moot = batch?.changes.every(
      ({ op, memory_id }) => op === 'add' && same.some(({ id }) => id === memory_id),
    );
    if (!batch || !moot || batch.trust !== trustOfAll(drafts)) continue;
    await rejectBatch(writer, sources, { batch, reason: `Committed by ${staged.id}.` });
    settled.push(id);
  }
  return settled;
}

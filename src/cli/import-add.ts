import type { Engine } from '../engine.js';
import type { ProposedChange } from '../schema/memory.js';
import { brokenOff } from './broken-off.js';
import type { Addition } from './import-file.js';
import type { Looked } from './import-plan.js';
import { Progress } from './progress.js';

const BATCH = 100;

/** Checks every memory against the rules and the database before anything is written. */
export async function lookUp(engine: Engine, memories: readonly Addition[]): Promise<Looked[]> {
  const looked: Looked[] = [];
  for (let start = 0; start < memories.length; start += BATCH) {
    const page = memories.slice(start, start + BATCH);
    const found = await engine.memories.known(
      page.map(({ change }) => change),
      asPerson(engine),
    );
    for (const [index, addition] of page.entries())
      looked.push({ addition, known: found[index] ?? { problems: ['it was not looked up'] } });
  }
  return looked;
}

export type Added = {
  readonly imported: number;
  readonly superseded: number;
  readonly retired: number;
  readonly redactions: number;
  readonly contradictions: number;
};

export async function addAll(engine: Engine, changes: readonly ProposedChange[]): Promise<Added> {
  using progress = new Progress('memories', changes.length);
  let added: Added = { imported: 0, superseded: 0, retired: 0, redactions: 0, contradictions: 0 };
  for (let start = 0; start < changes.length; start += BATCH) {
    const batch = addBatch(engine, changes.slice(start, start + BATCH));
    added = sum(
      added,
      await batch.catch(brokenOff(added.imported + added.retired, `of ${changes.length} memories`)),
    );
    progress.report(added.imported + added.retired);
  }
  return added;
}

/** One transaction unless something contradicts what is known; then the person, who asked for all of it, decides it at once. */
async function addBatch(engine: Engine, changes: readonly ProposedChange[]): Promise<Added> {
  const call = asPerson(engine);
  const proposed = await engine.memories.propose({ changes, commit: true }, call);
  if (proposed.status === 'needs_review') await engine.memories.decide({ batch_id: proposed.batch_id }, call);
  const retired = changes.filter(({ op }) => op === 'deprecate').length;
  return {
    imported: changes.length - retired,
    superseded: changes.reduce((count, { supersedes = [] }) => count + supersedes.length, 0),
    retired,
    redactions: proposed.redacted?.length ?? 0,
    contradictions: proposed.changes.filter(({ contradictions }) => contradictions.length > 0).length,
  };
}

const sum = (left: Added, right: Added): Added => ({
  imported: left.imported + right.imported,
  superseded: left.superseded + right.superseded,
  retired: left.retired + right.retired,
  redactions: left.redactions + right.redactions,
  contradictions: left.contradictions + right.contradictions,
});

/** The person at the command line approves; each memory's own trust stays `import`. */
const asPerson = (engine: Engine) => engine.call({ trust: 'user' });

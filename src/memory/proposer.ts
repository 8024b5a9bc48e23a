import { EngineError } from '../errors.js';
import { append } from '../ledger/ledger.js';
import type { Sources } from '../sources.js';
import { findRun } from '../store/named.js';
import type { Reader, Writer } from '../store/store.js';
import { memoryIds } from './commit.js';
import type { Staged } from './stage.js';

/** The id of the run that proposes, named by id, URI or external id. Throws `not_found`. */
export async function proposingRun(reader: Reader, ref: string): Promise<string> {
  const run = await findRun(reader, ref);
  if (run) return run.id;
  throw new EngineError(
    'not_found',
    `There is no run ${JSON.stringify(ref)}.`,
    'Nothing was proposed. Pass the run_id that run_open returned, or leave it out.',
  );
}

type Reference = { readonly runId: string; readonly staged: Staged; readonly committed: boolean };

/** What the run's own stream says of a batch whose event is in that of memories: ids alone, which outlive a purge. */
export async function referTo(
  writer: Writer,
  sources: Sources,
  { runId, staged: { id, changes }, committed }: Reference,
): Promise<void> {
  await append(writer, sources, {
    stream: `run:${runId}`,
    type: committed ? 'MEMORY_COMMITTED' : 'MEMORY_PROPOSED',
    at: sources.now(),
    payload: { batch_id: id, memory_ids: memoryIds(changes) },
  });
}

import { EngineError } from '../errors.js';
import { findRun } from '../store/named.js';
import type { StoredRun } from '../store/runs.js';
import type { Reader } from '../store/store.js';

/** Throws `not_found`. */
export async function demandRun(reader: Reader, ref: string): Promise<StoredRun> {
  const run = await findRun(reader, ref);
  if (run) return run;
  throw new EngineError(
    'not_found',
    `There is no run ${JSON.stringify(ref.slice(0, 200))}.`,
    'Open one with run_open and use the run_id it returns; load_by_scope lists those that are open.',
  );
}

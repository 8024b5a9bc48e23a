import { EngineError } from '../errors.js';
import { runByExternalId, runById, type StoredRun } from '../store/runs.js';
import type { Reader } from '../store/store.js';

/** A run by its id, its `run://` URI or its external id, which never looks like an id. */
export function findRun(reader: Reader, ref: string): Promise<StoredRun | undefined> {
  const bare = ref.trim().replace(/^run:\/\//, '');
  return bare.startsWith('run_') ? runById(reader, bare) : runByExternalId(reader, externalId(bare));
}

/** As it is stored: NFC, like every key. */
export const externalId = (text: string): string => text.normalize('NFC').trim();

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

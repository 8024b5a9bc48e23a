import { beginRun } from '../run/begin.js';
import { demandFit } from '../run/budget.js';
import { streamOf } from '../run/parts.js';
import type { Scope } from '../schema/scope.js';
import type { WorkingSet } from '../schema/working-set.js';
import { normalise } from '../scope.js';
import type { Writer } from '../store/store.js';
import type { CountTokens } from '../text/tokens.js';
import type { Parts } from './parts.js';

export type ImportedRun = {
  readonly foreignId: string;
  readonly scope: Scope;
  /** As it came, its secrets redacted. */
  readonly workingSet: WorkingSet;
  /** Last event of the stream it goes on from; null where there was no chain. */
  readonly head: { readonly sequence: number; readonly hash: string } | null;
};

export type Beginning = {
  readonly importId: string;
  readonly sha256: string;
  readonly origin: string;
  readonly at: number;
  readonly count: CountTokens;
};

/**
 * Starts the run here that goes on where the imported one stopped: a stream of its own, whose first event carries the
 * hash the other ended with. What does not fit the budget here is evicted. Returns its id.
 */
export async function beginImported(
  { sources, options }: Pick<Parts, 'sources' | 'options'>,
  writer: Writer,
  run: ImportedRun & Beginning,
): Promise<string> {
  const id = sources.newId('run');
  const { working_set, evicted } = demandFit(
    { ...run.workingSet, run_id: id },
    { budget: options.wsMaxTokens, count: run.count, incoming: new Set<string>() },
  );
  await beginRun(writer, sources, {
    type: 'RESUMED',
    working_set,
    external_id: null,
    scope: normalise(run.scope),
    trust: 'import',
    origin: run.origin,
    at: run.at,
    evicted,
    payload: {
      imported: {
        import_id: run.importId,
        sha256: run.sha256,
        run_id: run.foreignId,
        ...(run.head && { stream: streamOf(run.foreignId), ...run.head }),
      },
    },
  });
  return id;
}

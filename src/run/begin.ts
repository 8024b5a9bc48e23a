import { append } from '../ledger/ledger.js';
import type { Trust } from '../schema/memory.js';
import type { Scope } from '../schema/scope.js';
import type { SlidingItem, WorkingSet } from '../schema/working-set.js';
import type { Sources } from '../sources.js';
import { insertRun } from '../store/runs.js';
import { internScope } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { streamOf } from './parts.js';

export type NewRun = {
  /** RESUMED for a run that goes on from one of another database. */
  readonly type: 'RUN_START' | 'RESUMED';
  /** Holds the run's id as `run_id` and the sequence it starts with. */
  readonly working_set: WorkingSet;
  readonly external_id: string | null;
  readonly scope: Scope;
  readonly trust: Trust;
  readonly origin: string | null;
  /** Unix milliseconds. */
  readonly at: number;
  /** What did not fit any more. */
  readonly evicted?: readonly SlidingItem[];
  /** What else the first event says, such as the head hash of the stream that came before. */
  readonly payload?: Readonly<Record<string, unknown>>;
};

/** Writes a run's row and the first event of its stream, which holds all that its state is folded from. */
export async function beginRun(writer: Writer, sources: Sources, run: NewRun): Promise<void> {
  const { type, working_set, external_id, scope, trust, origin, at, evicted = [], payload = {} } = run;
  const id = working_set.run_id;
  await insertRun(writer, {
    id,
    external_id,
    scope_id: await internScope(writer, scope),
    status: working_set.status,
    trust,
    seq: working_set._update_seq,
    working_set: canonicalJson(working_set),
    origin,
    created_at: at,
    updated_at: at,
  });
  const stream = streamOf(id);
  const first = { ...payload, external_id, scope, trust, origin, working_set };
  await append(writer, sources, { stream, type, at, payload: first });
  if (evicted.length > 0)
    await append(writer, sources, { stream, type: 'EVICTION', at, payload: { items: evicted } });
}

import type { Trust } from '../schema/memory.js';
import type { Scope } from '../schema/scope.js';
import { WorkingSet } from '../schema/working-set.js';
import type { ReadEvent } from '../store/run-events.js';
import { byRank } from './evict.js';
import { applyPatch, type Patch } from './patch.js';

/** What the ledger alone says about a run. Times are Unix milliseconds. */
export type FoldedRun = {
  readonly external_id: string | null;
  readonly scope: Scope;
  readonly trust: Trust;
  readonly origin: string | null;
  readonly working_set: WorkingSet;
  readonly created_at: number;
  readonly updated_at: number;
  /** Those that were not purged. */
  readonly episodes: readonly FoldedEpisode[];
};

export type FoldedEpisode = {
  readonly id: string;
  readonly number: number;
  readonly created_at: number;
  readonly hash: string;
};

/** State is the fold of the ledger. Undefined when the run was purged. */
export const foldRun = (events: Iterable<ReadEvent>): FoldedRun | undefined => {
  let run: FoldedRun | undefined;
  for (const event of events) run = step(run, event);
  return run;
};

/** The run after one more event of its stream. */
export function step(run: FoldedRun | undefined, event: ReadEvent): FoldedRun | undefined {
  if (event.content === null) return run && { ...run, updated_at: touchedAt(run, event) };
  const payload = JSON.parse(event.content);
  if (!run) return OPENS.has(event.type) ? opened(payload, event.at) : undefined;
  return { ...run, ...change(run, event, payload), updated_at: touchedAt(run, event) };
}

const OPENS: ReadonlySet<string> = new Set(['RUN_START', 'RESUMED']);

/** Events of other nouns that refer to the run, and refusals, leave its time as it was. */
const TOUCHES: ReadonlySet<string> = new Set([
  ...['RESUMED', 'WS_UPDATE_APPLIED', 'EVICTION', 'MILESTONE', 'DOOM_LOOP'],
  ...['STEP_REQUEST', 'MODEL_ACTION', 'TOOL_CALL', 'TOOL_RESULT', 'MODEL_UPDATE', 'ERROR', 'NOTE'],
]);

const touchedAt = (run: FoldedRun, { type, at }: ReadEvent): number =>
  TOUCHES.has(type) ? at : run.updated_at;

type Opening = Pick<FoldedRun, 'external_id' | 'scope' | 'trust' | 'origin' | 'working_set'>;

const opened = ({ external_id, scope, trust, origin, working_set }: Opening, at: number): FoldedRun => ({
  external_id,
  scope,
  trust,
  origin,
  working_set: WorkingSet.parse(working_set),
  created_at: at,
  updated_at: at,
  episodes: [],
});

type Payload = Partial<Patch> & {
  readonly new_seq?: number;
  readonly evicted?: readonly string[];
  readonly episode_id?: string;
  readonly number?: number;
  readonly bodies?: Readonly<Record<string, string>>;
};

function change(run: FoldedRun, { type, at }: ReadEvent, payload: Payload): Partial<FoldedRun> {
  if (type === 'WS_UPDATE_APPLIED') return { working_set: advance(run.working_set, payload) };
  const { episode_id: id, number, bodies = {} } = payload;
  if (type !== 'MILESTONE' || id === undefined || number === undefined) return {};
  return { episodes: [...run.episodes, { id, number, created_at: at, hash: bodies[id] ?? '' }] };
}

function advance(
  before: WorkingSet,
  { set = {}, append = {}, remove = {}, new_seq, evicted = [] }: Payload,
): WorkingSet {
  const after = WorkingSet.parse({ ...applyPatch(before, { set, append, remove }), _update_seq: new_seq });
  const gone = new Set(evicted);
  return { ...after, sliding_context: byRank(after.sliding_context.filter(({ id }) => !gone.has(id))) };
}

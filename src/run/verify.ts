import { normalise } from '../scope.js';
import { differences, keyed } from '../store/differences.js';
import { allEpisodes } from '../store/episodes.js';
import { streamEvents, streams } from '../store/events.js';
import { everyRow } from '../store/every-row.js';
import { allRuns, type RunRow } from '../store/runs.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { type FoldedRun, step } from './fold.js';

const ADVICE = 'Export the run as a pack, or what can be read, and import it into a new database.';
const STREAM = 'run:';

/** Rebuilds every run from its stream and compares it with its row and the rows of its episodes. Returns what differs. */
export async function verifyRuns(reader: Reader): Promise<Finding[]> {
  const rows = new Map<string, string>();
  const episodes = new Map<string, string>();
  for (const stream of (await streams(reader)).filter(name => name.startsWith(STREAM))) {
    const run = await foldStream(reader, stream);
    if (!run) continue;
    const id = stream.slice(STREAM.length);
    rows.set(id, canonicalJson(expectedRow(id, run)));
    for (const { hash, ...episode } of run.episodes)
      episodes.set(episode.id, canonicalJson({ ...episode, run_id: id, hash }));
  }
  return [
    ...differences(await storedRuns(reader), rows, { check: 'run', advice: ADVICE }),
    ...differences(
      keyed(await allEpisodes(reader), ({ id }) => id),
      episodes,
      { check: 'episode', advice: ADVICE },
    ),
  ];
}

/** A run's state as its events give it, up to `last` (a sequence) or to the end. Undefined when it was purged. */
export async function foldStream(
  reader: Reader,
  stream: string,
  { last = Number.MAX_SAFE_INTEGER }: { readonly last?: number } = {},
): Promise<FoldedRun | undefined> {
  let run: FoldedRun | undefined;
  const events = everyRow({ by: 'sequence', from: 0 }, async after =>
    after < last ? streamEvents(reader, stream, { after, limit: Math.min(1000, last - after) }) : [],
  );
  for await (const event of events) run = step(run, event);
  return run;
}

const expectedRow = (id: string, run: FoldedRun): RunRow & { scope_key: string } => ({
  id,
  external_id: run.external_id,
  status: run.working_set.status,
  trust: run.trust,
  seq: run.working_set._update_seq,
  working_set: canonicalJson(run.working_set),
  origin: run.origin,
  created_at: run.created_at,
  updated_at: run.updated_at,
  scope_key: canonicalJson(normalise(run.scope)),
});

async function storedRuns(reader: Reader): Promise<Map<string, string>> {
  const stored = new Map<string, string>();
  for await (const row of allRuns(reader)) stored.set(row.id, canonicalJson(row));
  return stored;
}

import { EngineError } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import { sealBody } from '../ledger/seal.js';
import { addPassages } from '../passage/add.js';
import { episodePiece } from '../passage/piece.js';
import type { Call } from '../schema/call.js';
import { EpisodeBody } from '../schema/episode.js';
import { WorkingSet } from '../schema/working-set.js';
import { describeWritten } from '../scope.js';
import { insertBodies } from '../store/bodies.js';
import { episodeBody, insertEpisode } from '../store/episodes.js';
import { lastEvent } from '../store/events.js';
import { countOfType, countTypes, eventsBetween, lastOfType } from '../store/run-events.js';
import { type StoredRun, touchRun } from '../store/runs.js';
import type { Reader, Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { formatTime } from '../text/time.js';
import { textProblem } from '../text/well-formed.js';
import { digest, type Range } from './digest.js';
import { demandRun } from './find.js';
import { commitAtMilestone } from './milestone.js';
import { type Parts, streamOf } from './parts.js';
import { foldStream } from './verify.js';

export type Sealing = {
  readonly run_id: string;
  readonly reason: string;
  readonly summary?: string | undefined;
  readonly next_entry_point?: string | undefined;
  readonly batch_id?: string | undefined;
};

export type Sealed = {
  readonly episode_id: string;
  readonly uri: string;
  readonly hash: string;
  /** 1, 2, 3 … within the run. */
  readonly number: number;
  readonly memory_commits?: readonly string[];
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Seals what happened since the last episode as one that never changes, and commits a batch with it. */
export async function sealEpisode(parts: Parts, input: Sealing, call: Call): Promise<Replayable<Sealed>> {
  const { run_id, batch_id, ...texts } = input;
  checkTexts(texts);
  const clean = await redact(texts, parts.options.redact);
  return transact(parts, call, async writer => {
    const run = await demandRun(writer, run_id);
    const memory_commits =
      batch_id === undefined ? [] : await commitAtMilestone(parts, writer, { batchId: batch_id, call });
    const sealed = await seal(parts, writer, { run, texts: clean.value, batch_id, memory_commits });
    return clean.redactions.length > 0 ? { ...sealed, redacted: clean.redactions } : sealed;
  });
}

type Sealable = {
  readonly run: StoredRun;
  readonly texts: Pick<Sealing, 'reason' | 'summary' | 'next_entry_point'>;
  readonly batch_id: string | undefined;
  readonly memory_commits: readonly string[];
};

async function seal(
  { sources }: Parts,
  writer: Writer,
  { run, texts: { reason, summary, next_entry_point }, batch_id, memory_commits }: Sealable,
): Promise<Sealed> {
  const [stream, at, id] = [streamOf(run.id), sources.now(), sources.newId('epi')];
  const before = await milestoneBefore(writer, run);
  const number = before.number + 1;
  const events = { first: before.sequence + 1, last: (await lastEvent(writer, stream))?.sequence ?? 0 };
  const content: EpisodeBody = {
    episode_id: id,
    run_id: run.id,
    number,
    created_at: formatTime(at),
    reason,
    summary: summary ?? (await summarise(writer, stream, events)),
    ws_before: before.working_set,
    ws_after: WorkingSet.parse(JSON.parse(run.working_set)),
    events,
    memory_commits: [...memory_commits],
    next_entry_point: next_entry_point ?? null,
  };
  const body = sealBody(id, sources.newSalt(), content);
  await insertBodies(writer, [body]);
  await insertEpisode(writer, { id, run_id: run.id, number, created_at: at, hash: body.hash });
  const noun = { kind: 'episode', owner: id, scope: run.scope, session_id: null, run_id: run.id } as const;
  await addPassages(writer, { ...noun, created_at: at }, [episodePiece(content)]);
  const bodies = { [id]: body.hash };
  const payload = { episode_id: id, number, reason, ...(batch_id && { batch_id }), bodies };
  await append(writer, sources, { stream, type: 'MILESTONE', at, payload });
  await touchRun(writer, run.id, at);
  return {
    episode_id: id,
    uri: `episode://${id}`,
    hash: body.hash,
    number,
    ...(batch_id && { memory_commits }),
    scope: describeWritten(run.scope),
  };
}

type Milestone = { readonly number: number; readonly sequence: number; readonly working_set: WorkingSet };

/** The last milestone of a run, or its start. */
async function milestoneBefore(reader: Reader, run: StoredRun): Promise<Milestone> {
  const stream = streamOf(run.id);
  const number = await countOfType(reader, stream, 'MILESTONE');
  const [last] = await lastOfType(reader, stream, { type: 'MILESTONE', limit: 1 });
  const body = number > 0 ? await episodeBody(reader, run.id, number) : undefined;
  if (last && body !== undefined)
    return { number, sequence: last.sequence, working_set: EpisodeBody.parse(JSON.parse(body)).ws_after };
  // There was none yet, or it was purged: then only the history knows.
  const folded = await foldStream(reader, stream, { last: last?.sequence ?? 1 });
  if (!folded)
    throw new EngineError(
      'damaged',
      `The history of ${run.id} has no start.`,
      'Run `mintmark doctor --deep`.',
    );
  return { number, sequence: last?.sequence ?? 0, working_set: folded.working_set };
}

async function summarise(reader: Reader, stream: string, { first, last }: Range): Promise<string> {
  const tail = await eventsBetween(reader, stream, { first: Math.max(first, last - 4), last });
  return digest(await countTypes(reader, stream, first), tail, { first, last });
}

/** Characters that the texts of an episode may have. */
const LIMITS = [
  ['reason', 2000],
  ['summary', 8000],
  ['next_entry_point', 2000],
] as const;

function checkTexts(texts: Sealable['texts']): void {
  const problems = LIMITS.flatMap(([name, most]) => {
    const text = texts[name];
    if (text === undefined) return [];
    if (text.trim() === '') return [`${name} is blank`];
    const problem =
      text.length <= most ? textProblem(text) : `has ${text.length} characters; at most ${most} are allowed`;
    return problem ? [`${name} ${problem}`] : [];
  });
  if (problems.length > 0)
    throw new EngineError(
      'invalid',
      `No episode was sealed: ${problems.join('; ')}.`,
      'Correct it and call episode_seal again.',
    );
}

import { EngineError } from '../errors.js';
import { EpisodeBody } from '../schema/episode.js';
import { Trust } from '../schema/memory.js';
import type { Scope } from '../schema/scope.js';
import { WorkingSet } from '../schema/working-set.js';
import { findEpisode } from '../store/episodes.js';
import { findRun } from '../store/named.js';
import type { Reader } from '../store/store.js';

/** What a run starts from when it is forked: fields that are not given stay empty. */
export type Origin = {
  readonly uri: string;
  readonly scope: Scope;
  readonly trust: Trust;
  readonly fields: Partial<WorkingSet>;
  /** As it came from elsewhere, with secrets that are redacted here. */
  readonly foreign?: true;
  /** How many entries of a list it has beyond those in `fields`. */
  readonly omitted?: Readonly<Record<string, number>>;
};

/** Reads what lies behind `<scheme>://<rest>`; undefined when there is nothing. */
export type ReadOrigin = (reader: Reader, rest: string) => Promise<Origin | undefined>;

/** By scheme. A layer above that knows another noun adds it here. */
export type Origins = Readonly<Record<string, ReadOrigin>>;

export const RUN_ORIGINS = { episode: readEpisodeOrigin, run: readRunOrigin } as const satisfies Origins;

/** Ids name their noun, so that a bare one will do. */
const SCHEMES: Readonly<Record<string, string>> = { epi: 'episode', run: 'run', med: 'medallion' };

/** Reads `from`: a URI, a bare id, or a run's external id. Throws `invalid` and `not_found`. */
export async function readOrigin(reader: Reader, from: string, origins: Origins): Promise<Origin> {
  const origin = await findOrigin(reader, from, origins);
  if (origin) return origin;
  throw new EngineError(
    'not_found',
    `There is nothing at ${from.slice(0, 200)} to fork from.`,
    'Take the uri from episode_seal, run_open or load_by_scope; what was purged is gone.',
  );
}

/** The same, undefined where nothing is found. */
export async function findOrigin(
  reader: Reader,
  from: string,
  origins: Origins,
): Promise<Origin | undefined> {
  const [, named, inUri] = /^([a-z]+):\/\/(.+)$/s.exec(from) ?? [];
  const prefix = /^([a-z]{3})_/.exec(from)?.[1] ?? '';
  const read = origins[named ?? SCHEMES[prefix] ?? 'run'];
  if (!read)
    throw new EngineError(
      'invalid',
      `from is ${JSON.stringify(from.slice(0, 200))}, which no run can be forked from.`,
      `Give a URI of ${Object.keys(origins).join(', ')}, such as episode://epi_….`,
    );
  return read(reader, inUri ?? from);
}

async function readEpisodeOrigin(reader: Reader, id: string): Promise<Origin | undefined> {
  const episode = await findEpisode(reader, id);
  if (!episode) return undefined;
  const fields = sealedFields(EpisodeBody.parse(JSON.parse(episode.content)));
  return { uri: `episode://${id}`, scope: episode.scope, trust: Trust.parse(episode.trust), fields };
}

/** Where a run was when the episode was sealed, and what was to come next. */
export const sealedFields = ({ ws_after, next_entry_point }: EpisodeBody): WorkingSet =>
  next_entry_point === null ? ws_after : { ...ws_after, next_action: next_entry_point };

async function readRunOrigin(reader: Reader, ref: string): Promise<Origin | undefined> {
  const run = await findRun(reader, ref);
  if (!run) return undefined;
  const fields = WorkingSet.parse(JSON.parse(run.working_set));
  return { uri: `run://${run.id}`, scope: run.scope, trust: run.trust, fields };
}

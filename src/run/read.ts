import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import { EpisodeBody } from '../schema/episode.js';
import { Trust } from '../schema/memory.js';
import { describeWritten } from '../scope.js';
import { episodesOf, findEpisode } from '../store/episodes.js';
import { streamEvents } from '../store/events.js';
import type { ForeignEventWithBody } from '../store/imports.js';
import type { Store } from '../store/store.js';
import { lined } from '../text/hash.js';
import { formatTime } from '../text/time.js';
import { demandRun } from './find.js';
import { streamOf } from './parts.js';

type Meta = Readonly<Record<string, string | number | readonly string[]>>;

/** A noun as it is shown: `text` is its JSON, an entry a line. */
export type ShownRun = {
  readonly text: string;
  readonly meta: Meta;
  readonly scope: string;
  readonly trust: Trust;
};

type Namespaced = Pick<Call, 'namespace'>;

/** A run's working set; `ref` is its id, URI or external id. Throws `not_found`. */
export const readRun = (store: Store, { namespace }: Namespaced, ref: string): Promise<ShownRun> =>
  store.read(namespace, async reader => {
    const run = await demandRun(reader, ref);
    const episodes = await episodesOf(reader, [run.id]);
    const { id, status, seq, trust, external_id, origin } = run;
    return {
      text: lined(JSON.parse(run.working_set)),
      meta: {
        id,
        status,
        seq,
        ...(external_id !== null && { external_id }),
        ...(origin !== null && { origin }),
        created_at: formatTime(run.created_at),
        updated_at: formatTime(run.updated_at),
        episodes: episodes.map(episode => `episode://${episode.id}`),
      },
      scope: describeWritten(run.scope),
      trust,
    };
  });

export type LedgerPage = { readonly after?: number | undefined; readonly limit?: number | undefined };

export type ShownLedger = ShownRun & {
  /** The sequence to go on after; undefined at the end. */
  readonly next?: number;
};

const PAGE = 100;
/** Payloads may have 64 KiB each; a page holds at least one event. */
const PAGE_CHARACTERS = 200_000;

/** Events of a run after a sequence, oldest first. Throws `not_found`. */
export const readRunLedger = (
  store: Store,
  { namespace }: Namespaced,
  { ref, after = 0, limit = PAGE }: LedgerPage & { readonly ref: string },
): Promise<ShownLedger> =>
  store.read(namespace, async reader => {
    const run = await demandRun(reader, ref);
    const events = await streamEvents(reader, streamOf(run.id), { after, limit: limit + 1 });
    let characters = 0;
    const fits = events.slice(0, limit).filter((event, at) => {
      characters += event.content?.length ?? 0;
      return at === 0 || characters <= PAGE_CHARACTERS;
    });
    const last = fits.at(-1);
    const fromTools = fits.some(({ type }) => type === 'TOOL_RESULT');
    return {
      text: lined(fits.map(shownEvent)),
      meta: { id: run.id, first: fits[0]?.sequence ?? after, last: last?.sequence ?? after },
      scope: describeWritten(run.scope),
      // What tools returned came from outside.
      trust: run.trust === 'import' ? 'import' : fromTools ? 'tool' : run.trust,
      ...(last && fits.length < events.length && { next: last.sequence }),
    };
  });

/** An event for reading; what was purged has no payload. */
export const shownEvent = ({ sequence, type, at, hash, content }: ForeignEventWithBody) => ({
  sequence,
  type,
  at: formatTime(at),
  hash,
  payload: content === null ? null : JSON.parse(content),
});

/** An episode whole. Throws `not_found`. */
export const readEpisode = (store: Store, { namespace }: Namespaced, ref: string): Promise<ShownRun> =>
  store.read(namespace, async reader => {
    const episode = await findEpisode(reader, ref.replace(/^episode:\/\//, ''));
    if (!episode)
      throw new EngineError(
        'not_found',
        `There is no episode ${JSON.stringify(ref.slice(0, 200))}.`,
        'Take the uri from episode_seal or from run://{id}; what was purged is gone.',
      );
    const { reason, next_entry_point } = EpisodeBody.parse(JSON.parse(episode.content));
    return {
      text: lined(JSON.parse(episode.content)),
      meta: {
        id: episode.id,
        run: `run://${episode.run_id}`,
        number: episode.number,
        reason,
        ...(next_entry_point !== null && { next_entry_point }),
        created_at: formatTime(episode.created_at),
        hash: episode.hash,
      },
      scope: describeWritten(episode.scope),
      trust: Trust.parse(episode.trust),
    };
  });

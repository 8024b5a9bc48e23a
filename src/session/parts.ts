import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader, Store, Writer } from '../store/store.js';
import type { MessageCounter } from './count.js';
import type { Coming } from './foresee.js';
import type { NewSummary } from './summarise.js';

/** What the rules about sessions are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<
    Options,
    'redact' | 'doomLoopRepeats' | 'contextLimit' | 'maxOutput' | 'models' | 'blobTokens'
  >;
};

/** A session as summaries for it were thought of, told by little: while this is the same, so is all under it. */
export type Ground = {
  readonly last_sequence: number;
  readonly tokens: number;
  readonly usable: number;
  /** Ids of the summaries on the frontier. */
  readonly frontier: readonly string[];
};

/** Summaries to be written if the ground is still the same. */
export type Thought = { readonly ground: Ground; readonly summaries: readonly NewSummary[] };

/** Brings a session back under its budget after something was appended. */
export type Upkeep = {
  /** Thinks before the transaction, on a read. */
  foresee(reader: Reader, coming: Coming): Promise<Thought>;
  /**
   * Writes what was thought of, or thinks here when it is `within`. Returns how many summaries it made. Throws `Moved`
   * when the session is too full and nothing that was thought of stands.
   */
  keep(writer: Writer, about: Keeping): Promise<number>;
};

type Keeping = {
  readonly session: StoredSession;
  readonly counter: MessageCounter;
  readonly thought: Thought | undefined;
  readonly within: boolean;
};

const STREAM = 'session:';

/** The stream that holds a session's history. */
export const streamOf = (sessionId: string): string => `${STREAM}${sessionId}`;

/** The session a stream is of; undefined for other streams. */
export const sessionOf = (stream: string): string | undefined =>
  stream.startsWith(STREAM) ? stream.slice(STREAM.length) : undefined;

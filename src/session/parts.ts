import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { StoredSession } from '../store/sessions.js';
import type { Store, Writer } from '../store/store.js';
import type { MessageCounter } from './count.js';

/** What the rules about sessions are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<
    Options,
    'redact' | 'doomLoopRepeats' | 'contextLimit' | 'maxOutput' | 'models' | 'blobTokens'
  >;
};

/** Brings a session back under its budget after something was appended. Returns how many summaries it made. */
export type Upkeep = (
  writer: Writer,
  about: { readonly session: StoredSession; readonly counter: MessageCounter },
) => Promise<number>;

const STREAM = 'session:';

/** The stream that holds a session's history. */
export const streamOf = (sessionId: string): string => `${STREAM}${sessionId}`;

/** The session a stream is of; undefined for other streams. */
export const sessionOf = (stream: string): string | undefined =>
  stream.startsWith(STREAM) ? stream.slice(STREAM.length) : undefined;

import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';
import type { Origins } from './origin.js';

/** What the rules about runs are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<
    Options,
    'wsMaxTokens' | 'doomLoopRepeats' | 'redact' | 'commitPolicy' | 'untrustedPolicy' | 'batchExpiryDays'
  >;
  /** What a run may be forked from, by the scheme of its URI. */
  readonly origins: Origins;
};

/** The stream that holds a run's history. */
export const streamOf = (runId: string): string => `run:${runId}`;

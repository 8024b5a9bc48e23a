import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';

/** What reading by URI is handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<Options, 'medallionStaleDays'>;
};

import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';

/** What the rules about blobs are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<Options, 'redact' | 'db' | 'allowPath' | 'blobMaxBytes'>;
};

/** The one stream that tells of all blobs. */
export const STREAM = 'blob';

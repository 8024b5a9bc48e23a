import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader, Store } from '../store/store.js';

/** What the rules about blobs are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<Options, 'redact' | 'db' | 'allowPath' | 'blobMaxBytes'>;
  /** Sessions know blobs, and so blobs are told how to find sessions. Throws `not_found`. */
  readonly sessionNamed: (reader: Reader, ref: string) => Promise<StoredSession>;
};

/** The one stream that tells of all blobs. */
export const STREAM = 'blob';

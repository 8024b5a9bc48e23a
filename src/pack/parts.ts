import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';

/** What the rules about packs are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  /** Who writes packs: name and version. */
  readonly version: string;
  readonly options: Pick<
    Options,
    | 'db'
    | 'allowPath'
    | 'packMaxBytes'
    | 'redact'
    | 'wsMaxTokens'
    | 'commitPolicy'
    | 'untrustedPolicy'
    | 'lookalikeOverlap'
    | 'contradictionOverlap'
    | 'batchExpiryDays'
    | 'retention'
    | 'retentionDays'
    | 'retentionImportance'
    | 'idempotencyDays'
    | 'blobTokens'
    | 'doomLoopRepeats'
    | 'contextLimit'
    | 'maxOutput'
    | 'models'
  >;
};

/** Files of one pack. A run of a million events has two. */
export const MAX_ENTRIES = 10_000;

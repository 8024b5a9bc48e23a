import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';

/** What the rules about memories are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<
    Options,
    | 'commitPolicy'
    | 'untrustedPolicy'
    | 'redact'
    | 'lookalikeOverlap'
    | 'contradictionOverlap'
    | 'batchExpiryDays'
    | 'retention'
    | 'retentionDays'
    | 'retentionImportance'
    | 'idempotencyDays'
  >;
};

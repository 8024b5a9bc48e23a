import type { Options } from '../config/options.js';
import type { Writer } from '../schema/writer.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';
import type { ReachOptions } from '../writing/reach.js';
import type { WriterParts } from '../writing/spend.js';

/** What the rules about medallions are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<
    Options,
    | 'redact'
    | 'batchExpiryDays'
    | 'loadLimit'
    | 'loadMaxTokens'
    | 'medallionStaleDays'
    | 'importanceWeight'
    | 'recencyWeight'
    | 'recencyDays'
  >;
};

/** What a checkpoint is handed besides: it may be drafted by a model. */
export type DraftingParts = Parts &
  WriterParts & {
    readonly options: ReachOptions;
    /** The model that is configured; a call may bring one of its own. */
    readonly model?: Writer | undefined;
  };

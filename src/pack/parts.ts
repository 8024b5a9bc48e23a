import type { Options } from '../config/options.js';
import type { Parts as MemoryParts } from '../memory/parts.js';
import type { Parts as RunParts } from '../run/parts.js';
import type { Parts as SessionParts } from '../session/parts.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';

/** What the rules about packs are handed by the engine. */
export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  /** Who writes packs: name and version. */
  readonly version: string;
  readonly options: Pick<Options, 'db' | 'allowPath' | 'packMaxBytes'> &
    MemoryParts['options'] &
    RunParts['options'] &
    SessionParts['options'];
};

/** Files of one pack. A run of a million events has two. */
export const MAX_ENTRIES = 10_000;

import type { Options } from '../config/options.js';
import type { Writer } from '../schema/writer.js';
import type { Parts as SessionParts } from '../session/parts.js';
import type { WriterParts } from '../writing/spend.js';

/** What the rules about contexts are handed by the engine. */
export type Parts = SessionParts &
  WriterParts & {
    readonly options: Pick<Options, 'softThreshold' | 'writerModel'>;
    /** The model that is configured; a call may bring one of its own. */
    readonly model?: Writer | undefined;
  };

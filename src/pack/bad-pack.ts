import { EngineError } from '../errors.js';

/** The refusal of a pack that is not as mintmark, AoS or Medallion write it. Its sender can act on the detail. */
export const badPack = (problem: string, cause?: unknown): EngineError =>
  new EngineError(
    'invalid',
    `Nothing was imported: ${problem}.`,
    'Copy the file again from where it was exported, or export it anew with pack_export.',
    { cause },
  );

import { EngineError } from '../errors.js';

/** The refusal of a pack that is not as mintmark, AoS or Medallion write it. Its sender can act on the detail. */
export const badPack = (problem: string, cause?: unknown): EngineError =>
  new EngineError(
    'invalid',
    `Nothing was imported: ${problem}.`,
    'Copy the file again from where it was exported, or export it anew with pack_export.',
    { cause },
  );

export const tooLarge = (what: string, bytes: number, limit: number): EngineError =>
  new EngineError(
    'too_large',
    `Nothing was imported: ${what} has ${bytes} bytes, and ${limit} are allowed.`,
    'Raise --pack-max-bytes (MINTMARK_PACK_MAX_BYTES) if you trust where it comes from.',
  );

/** Turns what a rule of another noun refuses into a refusal of the pack. */
export async function asRefusal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EngineError) || error.message.startsWith('Nothing was imported')) throw error;
    const { code, brief, hint, aside } = error;
    throw new EngineError(code, `Nothing was imported: ${brief}`, hint, { aside, cause: error });
  }
}

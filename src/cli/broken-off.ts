import { EngineError } from '../errors.js';

/**
 * For what fails after some of an import: that much stays, so that the store's own word, that nothing was written, is not
 * the whole truth. `what` is as in "of 300 memories".
 */
export const brokenOff =
  (imported: number, what: string) =>
  (error: unknown): never => {
    if (!(error instanceof EngineError) || imported === 0) throw error;
    const { code, brief, aside } = error;
    throw new EngineError(
      code,
      `${imported} ${what} were imported, and then: ${brief}`,
      'Mend that and import it again: what is here already is skipped.',
      { aside, cause: error },
    );
  };

import { EngineError } from '../errors.js';

/** Exit codes: 1 something failed or is wrong, 2 usage, 78 configuration (sysexits.h). */
export const FAILED = 1;
export const USAGE = 2;
export const CONFIGURATION = 78;

/** Says what went wrong on the standard error and returns the exit code. Throws what is nobody's fault but ours. */
export function report(error: unknown, code: number): number {
  if (error instanceof EngineError) {
    process.stderr.write(`mintmark: ${error.code}: ${error.message}\n${error.hint}\n`);
    return code;
  }
  // Commander has printed its own message; help and version end here too.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? 0 : USAGE;
  throw error;
}

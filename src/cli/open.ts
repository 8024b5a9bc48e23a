import { homeScope } from '../config/home.js';
import { loadConfig } from '../config/load.js';
import { composeEngine, type Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import { systemSources } from '../sources.js';

/** Exit codes: 1 something failed or is wrong, 2 usage, 78 configuration (sysexits.h). */
export const FAILED = 1;
export const USAGE = 2;
export const CONFIGURATION = 78;

/** The engine that flags, environment and the working directory ask for. `flags` is by option name. */
export function open(flags: Readonly<Record<string, unknown>>): Engine {
  const cwd = process.cwd();
  const config = loadConfig({ flags, env: process.env, cwd });
  return composeEngine(config, { sources: systemSources, home: homeScope({ cwd, scope: config.scope }) });
}

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

import { parseArgs } from 'node:util';
import { namedOptions } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Surface } from '../mcp/surface.js';
import { CONFIGURATION, FAILED, report } from './report.js';
import { serve } from './serve.js';
import { settingsOf } from './settings.js';

/** Starts what the command line asks for. A client waits for `serve`, so it does without the command parser. */
export async function start(argv: readonly string[], surface: () => Promise<Surface>): Promise<void> {
  const flags = flagsToServe(argv.slice(2));
  if (!flags) {
    const { run } = await import('./program.js');
    process.stdout.on('error', endWithReader);
    return run(argv, surface);
  }
  try {
    await serve(settingsOf(flags), surface);
  } catch (error) {
    process.exitCode = report(error, CONFIGURATION);
  }
}

/** Whoever reads what is printed may have enough, as `head` does: then there is nobody to tell, and nothing to undo. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') report(lost(error), FAILED);
  process.exit(FAILED);
}

const lost = (cause: NodeJS.ErrnoException): EngineError =>
  new EngineError(
    cause.code === 'ENOSPC' ? 'disk_full' : 'io_error',
    `What is printed cannot be written: ${cause.message}.`,
    'What the command does to the store is done all the same. Let it print elsewhere, as to a terminal.',
    { cause },
  );

/** The flags by option name when nothing but serving is asked for; undefined for all that needs the whole parser. */
function flagsToServe(args: readonly string[]): Record<string, unknown> | undefined {
  const options = Object.fromEntries(
    namedOptions.map(({ flag }) => [flag.slice(2), { type: 'string' as const }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.some(name => name !== 'serve')) return undefined;
    return Object.fromEntries(namedOptions.map(({ name, flag }) => [name, values[flag.slice(2)]]));
  } catch {
    return undefined;
  }
}

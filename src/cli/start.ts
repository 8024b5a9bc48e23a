import { parseArgs } from 'node:util';
import { namedOptions } from '../config/options.js';
import type { Surface } from '../mcp/surface.js';
import { CONFIGURATION, open, report } from './open.js';
import { serve } from './serve.js';

/** Starts what the command line asks for. A client waits for `serve`, so it does without the command parser. */
export async function start(argv: readonly string[], surface: Surface): Promise<void> {
  const flags = flagsToServe(argv.slice(2));
  if (!flags) {
    const { run } = await import('./program.js');
    return run(argv, surface);
  }
  try {
    await serve(open(flags), surface);
  } catch (error) {
    process.exitCode = report(error, CONFIGURATION);
  }
}

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

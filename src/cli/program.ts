import { Command, Option } from 'commander';
import { homeScope } from '../config/home.js';
import { loadConfig } from '../config/load.js';
import { defaultText, namedOptions } from '../config/options.js';
import { composeEngine, type Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import type { Surface } from '../mcp/surface.js';
import { systemSources } from '../sources.js';
import { VERSION } from '../version.js';
import { commands } from './commands.js';
import { serve } from './serve.js';

/** Exit codes: 1 something failed or is wrong, 2 usage, 78 configuration (sysexits.h). */
const FAILED = 1;
const USAGE = 2;
const CONFIGURATION = 78;

/** Reads the command line and runs one command; without one it serves. */
export async function run(argv: readonly string[], surface: Surface): Promise<void> {
  const program = withOptions(new Command('mintmark'))
    .description('A memory that agents can trust, over the Model Context Protocol.')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions(false)
    .action(() => serve(open(program), surface));
  withOptions(
    program.command('serve', { isDefault: true }).description('Serve MCP over stdio (the default).'),
  ).action((_flags, command) => serve(open(command), surface));
  for (const { name, description, configure, work } of commands) {
    const command = withOptions(program.command(name).description(description)).option(
      '--json',
      'print one JSON document',
    );
    configure?.(command);
    command.action(async () => {
      const engine = open(command);
      try {
        process.exitCode = await work(engine, { arguments: command.args, flags: command.optsWithGlobals() });
      } catch (error) {
        process.exitCode = report(error, FAILED);
      } finally {
        await engine.close();
      }
    });
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, CONFIGURATION);
  }
}

function withOptions(command: Command): Command {
  for (const option of namedOptions) {
    const { flag, description } = option;
    command.addOption(new Option(`${flag} <value>`, `${description} Default: ${defaultText(option)}.`));
  }
  return command;
}

function open(command: Command): Engine {
  const cwd = process.cwd();
  const config = loadConfig({ flags: command.optsWithGlobals(), env: process.env, cwd });
  return composeEngine(config, { sources: systemSources, home: homeScope({ cwd, scope: config.scope }) });
}

/** An engine error before the work has begun is one of configuration. */
function report(error: unknown, code: number): number {
  if (error instanceof EngineError) {
    process.stderr.write(`mintmark: ${error.code}: ${error.message}\n${error.hint}\n`);
    return code;
  }
  // Commander has printed its own message; help and version end here too.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? 0 : USAGE;
  throw error;
}

import { Command, Option } from 'commander';
import { defaultText } from '../config/option.js';
import { namedOptions } from '../config/options.js';
import type { Surface } from '../mcp/surface.js';
import { VERSION } from '../version.js';
import { commands } from './commands.js';
import { CONFIGURATION, FAILED, open, report } from './open.js';
import { serve } from './serve.js';

/** Reads the command line and runs one command; without one it serves. */
export async function run(argv: readonly string[], surface: Surface): Promise<void> {
  const program = withOptions(new Command('mintmark'))
    .description('A memory that agents can trust, over the Model Context Protocol.')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions(false)
    .action(() => serve(open(program.optsWithGlobals()), surface));
  withOptions(
    program.command('serve', { isDefault: true }).description('Serve MCP over stdio (the default).'),
  ).action((_flags, command) => serve(open(command.optsWithGlobals()), surface));
  for (const { name, description, configure, work } of commands) {
    const command = withOptions(program.command(name).description(description)).option(
      '--json',
      'print one JSON document',
    );
    configure?.(command);
    command.action(async () => {
      const engine = open(command.optsWithGlobals());
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
    const bare = 'bare' in option ? option.bare : undefined;
    const value = bare === undefined ? '<value>' : '[value]';
    const added = new Option(`${flag} ${value}`, `${description} Default: ${defaultText(option)}.`);
    command.addOption(bare === undefined ? added : added.preset(bare));
  }
  return command;
}

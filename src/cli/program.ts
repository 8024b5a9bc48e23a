import { Command, Option } from 'commander';
import { defaultText } from '../config/option.js';
import { namedOptions, type Options } from '../config/options.js';
import type { Surface } from '../mcp/surface.js';
import { VERSION } from '../version.js';
import { commands } from './commands.js';
import { open } from './open.js';
import { CONFIGURATION, FAILED, report } from './report.js';
import { serve } from './serve.js';
import { settingsOf } from './settings.js';

/** Reads the command line and runs one command; without one it serves. */
export async function run(argv: readonly string[], surface: () => Promise<Surface>): Promise<void> {
  const program = withOptions(new Command('mintmark'), SHOWN)
    .description('A memory that agents can trust, over the Model Context Protocol.')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions(false);
  withOptions(
    program.command('serve', { isDefault: true }).description('Serve MCP over stdio (the default).'),
  ).action((_flags, command) => serve(settingsOf(command.optsWithGlobals()), surface));
  for (const { name, description, configure, work } of commands) {
    const command = withOptions(program.command(name).description(description), SHOWN).option(
      '--json',
      'print one JSON document',
    );
    configure?.(command);
    command.action(async () => {
      const flags = command.optsWithGlobals();
      const engine = open(settingsOf(flags), { dry: flags.dryRun === true });
      try {
        process.exitCode = await work(engine, { arguments: command.args, flags });
      } catch (error) {
        process.exitCode = report(error, FAILED);
      } finally {
        await engine.close();
      }
    });
  }
  try {
    demandCommand(program, argv[2]);
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, CONFIGURATION);
  }
}

/** Whoever serves chooses among all options; for whoever looks into a store these do. */
const SHOWN: readonly string[] = ['db', 'namespace', 'scope', 'logLevel'] satisfies (keyof Options)[];

/** Adds every option; help lists those that are `shown`, and where the others are. */
function withOptions(command: Command, shown?: readonly string[]): Command {
  if (shown)
    command.addHelpText('after', '\nEvery other option of `mintmark serve --help` is understood too.');
  for (const option of namedOptions) {
    const { name, flag, description } = option;
    const bare = 'bare' in option ? option.bare : undefined;
    const value = bare === undefined ? '<value>' : '[value]';
    const added = new Option(`${flag} ${value}`, `${description} Default: ${defaultText(option)}.`);
    if (shown?.includes(name) === false) added.hideHelp();
    command.addOption(bare === undefined ? added : added.preset(bare));
  }
  return command;
}

/** Before it is parsed: what is no command would go to the default one, whose options are others. */
function demandCommand(program: Command, name = ''): void {
  const known = [...program.commands.map(command => command.name()), 'help'];
  if (name === '' || name.startsWith('-') || known.includes(name)) return;
  program.error(`error: there is no command '${name}'. There are ${known.join(', ')}.`);
}

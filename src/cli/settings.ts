import { type HomeScope, homeScope, workspacesIn } from '../config/home.js';
import { type Config, loadConfig } from '../config/load.js';
import { EngineError } from '../errors.js';

export type Settings = { readonly config: Config; readonly home: HomeScope };

/** What flags, environment and the working directory ask for. `flags` is by option name. */
export function settingsOf(flags: Readonly<Record<string, unknown>>): Settings {
  const cwd = workingFolder();
  const config = loadConfig({ flags, env: process.env, cwd });
  return { config, home: homeScope({ cwd, scope: config.scope, workspaces: workspacesIn(process.env) }) };
}

/** A shell stays in a folder that was removed, such as a work tree. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new EngineError(
      'not_found',
      'The folder this is run in was removed.',
      'Change to one that is there, as with `cd ~`, and run it again.',
      { cause },
    );
  }
}

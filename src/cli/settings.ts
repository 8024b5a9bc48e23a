import { type HomeScope, homeScope, workspacesIn } from '../config/home.js';
import { type Config, loadConfig } from '../config/load.js';
import { workingFolder } from '../config/paths.js';

export type Settings = { readonly config: Config; readonly home: HomeScope };

/** What flags, environment and the working directory ask for. `flags` is by option name. */
export function settingsOf(flags: Readonly<Record<string, unknown>>): Settings {
  const cwd = workingFolder();
  const config = loadConfig({ flags, env: process.env, cwd });
  return { config, home: homeScope({ cwd, scope: config.scope, workspaces: workspacesIn(process.env) }) };
}

import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** How `source_refs` names a file, of which there may be another of the same name in another folder. */
export type NameSource = (path: string) => string;

/**
 * Names what lies in the work tree around `cwd` by its path there, as every clone has it; anything else by its whole path,
 * from `~` where it can. `apart` is for what is kept where other work trees' files are as well.
 */
export function namerOf({ cwd, apart }: { readonly cwd: string; readonly apart: boolean }): NameSource {
  const tree = apart ? undefined : workTree(realpathSync(cwd));
  return path => {
    const file = realpathSync(path);
    const within = tree === undefined ? undefined : below(tree, file);
    const own = below(homedir(), file);
    const name = within ?? (own === undefined ? file : `~/${own}`);
    // No longer than a source may be.
    return name.replaceAll('\\', '/').slice(-500).toWellFormed();
  };
}

function workTree(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return dirname(folder) === folder ? undefined : workTree(dirname(folder));
}

/** The path from a folder to what lies in it; undefined for what does not. */
function below(folder: string, path: string): string | undefined {
  const way = relative(folder, path);
  return way.startsWith('..') || isAbsolute(way) ? undefined : way;
}

import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { EngineError } from '../errors.js';
import { isPostgres } from '../text/database-url.js';
import { options } from './options.js';

/** Where a process runs. `home` and `platform` default to those of this process. */
export type Place = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home?: string | undefined;
  readonly platform?: NodeJS.Platform | undefined;
};

/**
 * The directory data lies in when nothing else is asked for: `$XDG_DATA_HOME/mintmark` or `~/.local/share/mintmark`,
 * `~/Library/Application Support/mintmark` on macOS, `%LOCALAPPDATA%\mintmark` on Windows. Relative values of the
 * variables are ignored, as the XDG base directory specification asks.
 */
export function dataFolder(place: Omit<Place, 'cwd'>): string {
  const platform = place.platform ?? process.platform;
  const { join, isAbsolute } = pathsOf(platform);
  if (platform === 'darwin') return join(homeFolder(place), 'Library', 'Application Support', 'mintmark');
  const configured = platform === 'win32' ? place.env.LOCALAPPDATA : place.env.XDG_DATA_HOME;
  if (configured !== undefined && isAbsolute(configured)) return join(configured, 'mintmark');
  const usual = platform === 'win32' ? ['AppData', 'Local'] : ['.local', 'share'];
  return join(homeFolder(place), ...usual, 'mintmark');
}

/** The folder this process works in. Throws `not_found`: a shell stays in one that was removed, such as a work tree. */
export function workingFolder(): string {
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

/** The absolute path of the database file: `~` expanded, relative paths from `cwd`; `:memory:` and URLs stay as they are. */
export function databaseFile(db: string | undefined, place: Place): string {
  const { join, resolve } = pathsOf(place.platform);
  if (db === undefined) return join(dataFolder(place), 'mintmark.db');
  if (db === ':memory:' || isPostgres(db)) return db;
  const inHome = /^~(?:$|[\\/])/.test(db);
  return inHome ? join(homeFolder(place), db.slice(1)) : resolve(place.cwd, db);
}

/**
 * The file a namespace is kept in: the named file itself for `default`, else `<name>.d/<namespace>.db` beside it.
 * Throws `invalid` for any other name than the charset of namespaces allows, so that none can lead elsewhere.
 */
export function namespaceFile(
  db: string,
  namespace: string,
  { platform }: { platform?: NodeJS.Platform | undefined } = {},
): string {
  checkNamespace(namespace);
  if (namespace === options.namespace.default || db === ':memory:') return db;
  return pathsOf(platform).join(namespaceFolder(db, { platform }), `${namespace}.db`);
}

/** The folder of the files of all namespaces but `default`. */
export function namespaceFolder(
  db: string,
  { platform }: { platform?: NodeJS.Platform | undefined } = {},
): string {
  const { dir, base } = pathsOf(platform).parse(db);
  // Only `.db` is dropped: a.db and a.sqlite in one directory must not share their namespaces.
  const name = base.replace(/(?<=.)\.db$/i, '');
  return pathsOf(platform).join(dir, `${name}.d`);
}

/** The other name of a database that would keep its namespaces in the same folder: `a` and `a.db` do. */
export const twinOf = (db: string): string => (/[^\\/]\.db$/i.test(db) ? db.slice(0, -3) : `${db}.db`);

/** Throws `invalid` for what is no name of a namespace. */
export function checkNamespace(namespace: string): void {
  const { pattern, form } = options.namespace;
  if (pattern.test(namespace)) return;
  throw new EngineError('invalid', `The namespace is not ${form}.`, 'Choose another name for the namespace.');
}

function pathsOf(platform: NodeJS.Platform = process.platform) {
  return platform === 'win32' ? win32 : posix;
}

function homeFolder({ home }: Pick<Place, 'home'>): string {
  const folder = home ?? usersHome();
  if (folder) return folder;
  throw new EngineError(
    'invalid',
    'This user has no home directory, so there is no default place for the database.',
    'Set --db, MINTMARK_DB or the library option db to the absolute path of a file.',
  );
}

function usersHome(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

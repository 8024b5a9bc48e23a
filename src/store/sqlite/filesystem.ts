import { closeSync, existsSync, mkdirSync, openSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { options } from '../../config/options.js';
import { codeOf, EngineError, reasonOf } from '../../errors.js';

/** File systems whose locks or shared memory SQLite's log cannot rely on (magic numbers: statfs(2)). */
const UNSUITABLE = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x6a656a63, 'virtiofs'],
]);

export type FileIdentity = { readonly device: number; readonly inode: number };

/** Makes the folder (0700) and an empty file (0600) if missing. It never touches a file that exists. */
export function prepareFile(path: string): void {
  const folder = dirname(path);
  try {
    makeFolder(folder);
    refuseUnsuitable(folder);
    if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const code = codeOf(error);
    // Another process created it in between: that is the outcome we wanted.
    if (code === 'EEXIST' && existsSync(path)) return;
    if (code === 'ENOSPC')
      throw new EngineError(
        'disk_full',
        'No space is left to create the database file.',
        'Free some space and start again.',
        { aside: ` (${path})`, cause: error },
      );
    throw new EngineError(
      'cannot_open',
      'The database file cannot be created.',
      'Check that the folder belongs to you and is not read-only, or name another file with --db.',
      { aside: ` (${path}: ${reasonOf(error)})`, cause: error },
    );
  }
}

/** Not with `recursive`: Node tries for ever where a parent says that it has no room for folders, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Which file a path names now. A stat is safe: unlike open and close it does not drop SQLite's locks. */
export function identityOf(path: string): FileIdentity | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && { device: stat.dev, inode: stat.ino };
}

/** Of those that are there. */
export function identitiesOf(paths: readonly string[]): ReadonlyMap<string, FileIdentity> {
  return new Map(
    paths.flatMap(path => {
      const identity = identityOf(path);
      return identity ? [[path, identity] as const] : [];
    }),
  );
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The namespaces that have a file, by name. */
export function namespacesIn(fileOf: (namespace: string) => string, folder?: string): string[] {
  const { pattern, default: first } = options.namespace;
  const names =
    folder && existsSync(folder) ? readdirSync(folder).map(file => /^(.+)\.db$/.exec(file)?.[1] ?? '') : [];
  return [...new Set([first, ...names])]
    .filter(name => pattern.test(name) && existsSync(fileOf(name)))
    .sort();
}

function refuseUnsuitable(folder: string): void {
  const kind = UNSUITABLE.get(statfsSync(folder).type);
  if (!kind) return;
  throw new EngineError(
    'unsuitable_filesystem',
    `The database is on ${kind}, where SQLite's locks are not reliable.`,
    'Keep the database on a local disk: name another file with --db.',
    { aside: ` (${folder})` },
  );
}

import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import { isPostgres } from '../text/database-url.js';

/** What a path argument may reach. `own` is a folder of ours that is always allowed and that relative paths start from. */
export type Reach = {
  readonly options: Pick<Options, 'db' | 'allowPath'>;
  readonly own?: string | undefined;
  readonly call: Pick<Call, 'paths'>;
};

export type Wanted = {
  /** What the path should name, for messages: `a pack`. */
  readonly noun: string;
  readonly maxBytes: number;
  /** What to say of a file that is larger. */
  tooLarge(size: number): EngineError;
};

/**
 * The bytes of a file below a folder that the operator allowed, links resolved first. Throws `forbidden`, `not_found`,
 * `invalid` or `too_large`.
 */
export async function readAllowedFile(reach: Reach, path: string, wanted: Wanted): Promise<Buffer> {
  const file = await allowedPath(absolute(path, reach), reach);
  await demandNoDatabase(file, reach.options.db, wanted.noun);
  // Not following a link that was put there since, and not waiting for a pipe.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size, isFile } = await statOf(handle);
    if (!isFile) throw new EngineError('invalid', `${path} is no file.`, `Name ${wanted.noun}.`);
    if (size > wanted.maxBytes) throw wanted.tooLarge(size);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Throws `forbidden` over a connection that takes no paths, and `invalid`. */
export function absolute(path: string, { own, call }: Reach): string {
  if (call.paths === 'refused')
    throw new EngineError(
      'forbidden',
      'A path is not accepted over this connection.',
      'Leave path out; files are read and written at the machine itself.',
    );
  if (path === '' || path.includes('\0'))
    throw new EngineError('invalid', 'path is blank or holds a NUL.', 'Give the path of a file.');
  return own === undefined ? resolve(path) : resolve(own, path);
}

/**
 * The real path behind one, links resolved. Throws `forbidden` when it is not below a folder that was allowed, whether
 * it exists or not, so that nobody learns what there is; else `not_found`.
 */
export async function allowedPath(path: string, { options, own }: Omit<Reach, 'call'>): Promise<string> {
  const { real, missing } = await resolved(path);
  const folders = [...(options.allowPath ?? []), ...(own === undefined ? [] : [own])];
  const allowed = await Promise.all(folders.map(folder => realpath(folder).catch(() => undefined)));
  if (!allowed.some(folder => folder !== undefined && isBelow(real, folder)))
    throw new EngineError(
      'forbidden',
      `${path} is not below a folder that the operator allowed.`,
      'Leave path out, or start the server with --allow-path (MINTMARK_ALLOW_PATH) naming that folder.',
    );
  if (!missing) return real;
  throw new EngineError(
    'not_found',
    `There is no ${path}.`,
    'Give the path of a file or folder that exists.',
  );
}

/** Links are resolved as far as the path exists. */
async function resolved(path: string): Promise<{ real: string; missing: boolean }> {
  try {
    return { real: await realpath(path), missing: false };
  } catch {
    const above = dirname(path);
    const real = above === path ? path : join((await resolved(above)).real, basename(path));
    return { real, missing: true };
  }
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
}

/** Closing a file that SQLite has open drops its locks, so it must not even be opened. */
async function demandNoDatabase(file: string, db: string, noun: string): Promise<void> {
  if (isPostgres(db)) return;
  const own = db === ':memory:' ? db : await realpath(db).catch(() => db);
  const namespaces = `${own.replace(/(?<=.)\.db$/i, '')}.d`;
  const plain = file.replace(/-(?:wal|shm|journal)$/, '');
  if (plain !== own && !isBelow(file, namespaces) && !/\.db$/i.test(plain)) return;
  throw new EngineError('forbidden', `${file} may be the database itself.`, `Name ${noun}.`);
}

async function statOf(handle: FileHandle): Promise<{ size: number; isFile: boolean }> {
  const found = await handle.stat();
  return { size: found.size, isFile: found.isFile() };
}

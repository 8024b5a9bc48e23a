import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Parts } from './parts.js';

/** Where the packs of a namespace lie when no path is given; undefined for a database that is in no file. */
function packsFolder({ db }: Pick<Parts['options'], 'db'>, namespace: string): string | undefined {
  return db === ':memory:' ? undefined : join(dirname(db), 'packs', namespace);
}

type Options = Pick<Parts['options'], 'db' | 'allowPath' | 'packMaxBytes'>;
type Asked = { readonly path?: string | undefined; readonly call: Pick<Call, 'namespace' | 'paths'> };

/**
 * The file a pack is written to: the given one, which must lie below a folder that the operator allowed, links resolved
 * first; `name` in a given folder; else `name` in the namespace's folder of packs. Throws `forbidden` or `not_found`.
 */
export async function fileToWrite(options: Options, name: string, { path, call }: Asked): Promise<string> {
  const own = packsFolder(options, call.namespace);
  if (path === undefined) {
    if (own === undefined)
      throw new EngineError(
        'invalid',
        'This database is in memory, so there is no folder for packs.',
        'Give a path below a folder that --allow-path names.',
      );
    await mkdir(own, { recursive: true, mode: 0o700 });
    return join(await realpath(own), name);
  }
  const asked = absolute(path, { own, call });
  const target = (await isFolder(asked)) ? join(asked, name) : asked;
  const folder = await existing(dirname(target));
  await demandAllowed(folder, { options, own, path });
  return join(folder, basename(target));
}

/** The bytes of a pack. Throws `forbidden`, `not_found`, `too_large` or `io_error`. */
export async function readAllowed(options: Options, { path = '', call }: Asked): Promise<Buffer> {
  const own = packsFolder(options, call.namespace);
  const file = await existing(absolute(path, { own, call }));
  await demandAllowed(file, { options, own, path });
  await demandNoDatabase(file, options.db);
  // Not following a link that was put there since, and not waiting for a pipe.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size, isFile } = await statOf(handle);
    if (!isFile) throw new EngineError('invalid', `${path} is no file.`, 'Name a pack.');
    if (size <= options.packMaxBytes) return await readFile(handle);
    throw new EngineError(
      'too_large',
      `Nothing was imported: ${path} has ${size} bytes, and ${options.packMaxBytes} are allowed.`,
      'Raise --pack-max-bytes (MINTMARK_PACK_MAX_BYTES) if you trust where it comes from.',
    );
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file that appears under its name only when it is whole and durable. A file of the same bytes is left as it
 * is; throws `conflict` rather than replace others, and `io_error`.
 */
export async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await writeSynced(partial, bytes);
    await place(partial, file, bytes);
    await syncFolder(dirname(file));
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error && 'code' in error)) throw error;
    throw new EngineError(
      'io_error',
      `${file} cannot be written: ${error.message}.`,
      'Give a path in a folder that exists and can be written to.',
      { cause: error },
    );
  } finally {
    await rm(partial, { force: true });
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A second name fails where a file is, so that nothing can be replaced in between; some file systems have none. */
async function place(partial: string, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await link(partial, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const found = await lstat(file).catch(() => undefined);
    if (!found && code !== 'EEXIST') return rename(partial, file);
    const same = found?.isFile() && found.size === bytes.length && (await readFile(file)).equals(bytes);
    if (!same)
      throw new EngineError('conflict', `${file} exists and is another file.`, 'Give another path, or none.');
  }
}

/** The name itself has to survive a power loss. Windows cannot open a folder and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

type Within = { readonly own: string | undefined; readonly call: Asked['call'] };

/** A relative path means a file among the packs. */
function absolute(path: string, { own, call }: Within): string {
  if (call.paths === 'refused')
    throw new EngineError(
      'forbidden',
      'A path is not accepted over this connection.',
      'Leave path out when exporting; import at the machine itself.',
    );
  if (path === '' || path.includes('\0'))
    throw new EngineError('invalid', 'path is blank or holds a NUL.', 'Give the path of a pack.');
  return own === undefined ? resolve(path) : resolve(own, path);
}

async function existing(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new EngineError(
      'not_found',
      `There is no ${path}.`,
      'Give the path of a file or folder that exists.',
      {
        cause: error,
      },
    );
  }
}

async function demandAllowed(
  real: string,
  {
    options,
    own,
    path,
  }: { readonly options: Options; readonly own: string | undefined; readonly path: string },
): Promise<void> {
  const folders = [...(options.allowPath ?? []), ...(own === undefined ? [] : [own])];
  for (const folder of folders) {
    const allowed = await realpath(folder).catch(() => undefined);
    if (allowed !== undefined && isBelow(real, allowed)) return;
  }
  throw new EngineError(
    'forbidden',
    `${path} is not below a folder that the operator allowed.`,
    'Leave path out, or start the server with --allow-path (MINTMARK_ALLOW_PATH) naming that folder.',
  );
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
}

/** Closing a file that SQLite has open drops its locks, so it must not even be opened. */
async function demandNoDatabase(file: string, db: string): Promise<void> {
  const own = db === ':memory:' ? db : await realpath(db).catch(() => db);
  const namespaces = `${own.replace(/(?<=.)\.db$/i, '')}.d`;
  const plain = file.replace(/-(?:wal|shm|journal)$/, '');
  if (plain !== own && !isBelow(file, namespaces) && !/\.db$/i.test(plain)) return;
  throw new EngineError(
    'forbidden',
    `${file} may be the database itself.`,
    'Name a pack, which ends in .zip or .json.',
  );
}

const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    found => found.isDirectory(),
    () => false,
  );

async function statOf(handle: FileHandle): Promise<{ size: number; isFile: boolean }> {
  const found = await handle.stat();
  return { size: found.size, isFile: found.isFile() };
}

import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { dataFolder } from '../config/paths.js';
import { codeOf, EngineError } from '../errors.js';
import { absolute, allowedPath, readAllowedFile } from '../files/allowed.js';
import type { Call } from '../schema/call.js';
import { isPostgres } from '../text/database-url.js';
import { tooLarge } from './bad-pack.js';
import type { Parts } from './parts.js';

/** Where the packs of a namespace lie when no path is given: beside the database's file, or where that would be. Undefined for one in memory. */
function packsFolder({ db }: Pick<Parts['options'], 'db'>, namespace: string): string | undefined {
  if (db === ':memory:') return undefined;
  const folder = isPostgres(db) ? dataFolder({ env: process.env }) : dirname(db);
  return join(folder, 'packs', namespace);
}

type Options = Pick<Parts['options'], 'db' | 'allowPath' | 'packMaxBytes'>;
type Asked = { readonly path?: string | undefined; readonly call: Pick<Call, 'namespace' | 'paths'> };

/**
 * The file a pack is written to: the given one, which must lie below a folder that the operator allowed, links resolved
 * first; `name` in a given folder; else `name` in the namespace's folder of packs. Undefined where none is given and the
 * caller has no use for a file: over HTTP, and for a database in memory. Throws `forbidden` or `not_found`.
 */
export async function fileToWrite(
  options: Options,
  name: string,
  { path, call }: Asked,
): Promise<string | undefined> {
  const own = packsFolder(options, call.namespace);
  if (path === undefined) {
    if (own === undefined || call.paths === 'refused') return undefined;
    await mkdir(own, { recursive: true, mode: 0o700 });
    return join(await realpath(own), name);
  }
  const reach = { options, own, call };
  const asked = absolute(path, reach);
  const target = (await isFolder(asked)) ? join(asked, name) : asked;
  const folder = await allowedPath(dirname(target), reach);
  return join(folder, basename(target));
}

/** The bytes of a pack. Throws `forbidden`, `not_found`, `too_large` or `io_error`. */
export async function readAllowed(options: Options, { path = '', call }: Asked): Promise<Buffer> {
  const own = packsFolder(options, call.namespace);
  return readAllowedFile({ options, own, call }, path, {
    noun: 'a pack, which ends in .zip or .json',
    maxBytes: options.packMaxBytes,
    tooLarge: size => tooLarge(path, size, options.packMaxBytes),
  });
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
    const found = await lstat(file).catch(() => undefined);
    if (!found && codeOf(error) !== 'EEXIST') return rename(partial, file);
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

const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    found => found.isDirectory(),
    () => false,
  );

import { codeOf, EngineError, type ErrorCode } from '../../errors.js';

/** SQLite's result codes, longest match first, as the caller should see them. Source: sqlite.org/rescode.html. */
const MEANING: readonly [prefix: string, code: ErrorCode, sentence: string, hint: string][] = [
  [
    'SQLITE_BUSY',
    'busy',
    'Other windows kept the database locked.',
    'Nothing was written. Repeat the same call; if it goes on, look for a stuck process that has the file open.',
  ],
  [
    'SQLITE_LOCKED',
    'busy',
    'Other windows kept the database locked.',
    'Nothing was written. Repeat the same call.',
  ],
  [
    'SQLITE_FULL',
    'disk_full',
    'The disk is full.',
    'Nothing was written and nothing is lost. Free some space, then repeat the same call.',
  ],
  [
    'SQLITE_READONLY_DBMOVED',
    'file_replaced',
    'The database file was moved or replaced while it was open.',
    'Restart the server, so that it opens the file that is there now.',
  ],
  [
    'SQLITE_READONLY_DIRECTORY',
    'read_only',
    'The folder of the database cannot be written, and no window has it open: SQLite needs its log there even to read.',
    'Make the folder writable for this user, or copy the file into one that is and name it with --db.',
  ],
  [
    'SQLITE_READONLY',
    'read_only',
    'The database is read-only for this user, so nothing was written.',
    'Check the permissions of the file and its folder (0600 and 0700), or name another file with --db.',
  ],
  [
    'SQLITE_CANTOPEN',
    'cannot_open',
    'The database cannot be opened.',
    'Check that its folder exists and belongs to you, or name another file with --db. From a read-only disk copy it first.',
  ],
  [
    'SQLITE_NOTADB',
    'not_a_database',
    'The file is not a SQLite database.',
    'Name the right file with --db; this one was left as it is.',
  ],
  [
    'SQLITE_CORRUPT',
    'damaged',
    'The database is damaged.',
    'It is read-only from now on. Run `mintmark doctor --deep`, then `mintmark export` what can be read.',
  ],
  [
    'SQLITE_PROTOCOL',
    'unsuitable_filesystem',
    'The file system cannot lock files reliably.',
    'Keep the database on a local disk: name another file with --db.',
  ],
  [
    'SQLITE_NOLFS',
    'unsuitable_filesystem',
    'The file system cannot hold the database.',
    'Keep the database on a local disk: name another file with --db.',
  ],
  [
    'SQLITE_IOERR_SHORT_READ',
    'file_replaced',
    'The database file is shorter than its log: it was removed, replaced or cut off while another window had it open.',
    'Nothing was written. Close all windows that use it, then repeat the call; if it goes on, restore a backup.',
  ],
  [
    'SQLITE_IOERR',
    'io_error',
    'The disk reported an error.',
    'Nothing was written. Check the disk and its free space, then repeat the same call.',
  ],
];

/** Translates what the driver throws; anything that is not SQLite's stays what it is. */
export function storeError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof EngineError) return error;
  const code = codeOf(error) ?? '';
  const row = MEANING.find(([prefix]) => code.startsWith(prefix));
  if (!row) return error;
  const [, engineCode, sentence, hint] = row;
  return new EngineError(engineCode, sentence, hint, { aside: ` (${path}: ${error.message})`, cause: error });
}

export const isBusy = (error: unknown): boolean => codeOf(error)?.startsWith('SQLITE_BUSY') ?? false;

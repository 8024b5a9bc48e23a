const BYTES = 'reads the bytes of the database file; test/postgres/purge.test.ts looks through every row';
const RAW = "looks into the file, with SQLite's own driver, without waiting";
const REPLACE = 'PostgreSQL has no INSERT OR REPLACE';
const RULES = 'breaks rules through SQLite; test/store/refusals.test.ts breaks them through either engine';
const PATH = 'is about the path of the database file';
const FOLDER = 'is about a database in memory, which has no folder for packs';

/**
 * What is not run on PostgreSQL, and why: all tests of a file, or those whose names hold some words. Everything else
 * runs on both engines.
 */
const ONLY_FILES: Readonly<Record<string, string | Readonly<Record<string, string>>>> = {
  'test/store/ledger.test.ts': { 'to a plain connection': RULES },
  'test/store/refusals.test.ts': { replaced: REPLACE },
  'test/store/migrate-race.test.ts':
    "is about SQLite's migrations; test/postgres/open.test.ts about the others",
  'test/store/open-file.test.ts': 'opens files; test/postgres/open.test.ts opens databases',
  'test/store/twin.test.ts': PATH,
  'test/store/open-files.test.ts': 'is about how many files are open',
  'test/store/held.test.ts': { 'is free to others': 'is about the lock of a file' },
  'test/search/indexing.test.ts': { 'no byte of its vector': BYTES, 'replaces every vector at once': RAW },
  'test/domain/checkpoint-match.test.ts': { 'walks ': "reads SQLite's query plans" },
  'test/tools/episode-seal.test.ts': { 'insert or replace': REPLACE },
  'test/tools/pack-paths.test.ts': { 'cannot name the database': PATH },
  'test/tools/blob-paths.test.ts': { 'cannot name the database': PATH },
  'test/tools/pack-blobs.test.ts': {
    'from which it is imported': FOLDER,
    'gives a repeated key': FOLDER,
    'gone when its blob': FOLDER,
  },
  'test/tools/search-scopes.test.ts': { 'files of their own': 'is about files' },
  'test/cli/import-others.test.ts': { 'leaves no database file': PATH },
  'test/cli/export-import.test.ts': { 'never the database': PATH },
  'test/torture/http-crowd.test.ts': 'is about connections, whatever the database',
  'test/torture/damage.test.ts': 'alters files; test/torture/postgres/damage.test.ts alters rows',
  'test/torture/disk-errors.test.ts': 'is about the calls on a file; a server of PostgreSQL makes its own',
  'test/torture/read-only.test.ts': 'is about the permissions of a file',
  'test/torture/power-loss.test.ts': 'is about the calls on a file; a server of PostgreSQL makes its own',
  'test/copy': 'copies between files; test/torture/copy-postgres.test.ts between the engines',
};

/** Why a test does not apply to PostgreSQL; undefined where it does. */
export function aboutFiles(file: string, test: string): string | undefined {
  const [, listed] = Object.entries(ONLY_FILES).find(([place]) => file.startsWith(place)) ?? [];
  if (listed === undefined || typeof listed === 'string') return listed;
  return Object.entries(listed).find(([words]) => test.includes(words))?.[1];
}

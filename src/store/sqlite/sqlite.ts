import type { Finding, Store, StoreFacts } from '../store.js';
import { DatabaseFile } from './file.js';
import { sizeOf } from './filesystem.js';
import { inspect } from './inspect.js';

export type SqliteOptions = {
  /** Which file holds a namespace; `:memory:` gives each namespace a database of its own that is gone at close. */
  readonly fileOf: (namespace: string) => string;
  readonly durability: 'full' | 'normal';
  readonly busyTimeoutMs: number;
};

/** A store of SQLite files, one a namespace, each opened on first use. */
export function openSqlite({ fileOf, durability, busyTimeoutMs }: SqliteOptions): Store {
  const files = new Map<string, Promise<DatabaseFile>>();
  const open = (namespace: string): Promise<DatabaseFile> => {
    const known = files.get(namespace);
    if (known) return known;
    const opening = DatabaseFile.open({ path: fileOf(namespace), namespace, durability, busyTimeoutMs });
    files.set(namespace, opening);
    // A file that could not be opened may be repaired while the server lives, so the next call tries again.
    opening.catch(() => files.delete(namespace));
    return opening;
  };
  return {
    read: async (namespace, fn) => (await open(namespace)).read(fn),
    write: async (namespace, fn) => (await open(namespace)).write(fn),
    version: async namespace => (await open(namespace)).version(),
    settle: async namespace => (await open(namespace)).settle(),
    facts: async namespace => facts(await open(namespace)),
    inspect: async (namespace): Promise<Finding[]> => (await open(namespace)).read(inspect),
    close: async () => {
      const opened = await Promise.allSettled(files.values());
      files.clear();
      for (const file of opened) if (file.status === 'fulfilled') await file.value.close();
    },
  };
}

async function facts(file: DatabaseFile): Promise<StoreFacts> {
  const row = await file.read(reader =>
    reader.get<{ sqlite: string; version: number }>({
      text: ['select sqlite_version() as sqlite, user_version as version from pragma_user_version'],
      values: [],
    }),
  );
  return {
    engine: `SQLite ${row?.sqlite ?? 'unknown'}`,
    path: file.path,
    schema_version: row?.version ?? 0,
    size_bytes: sizeOf(file.path),
    wal_bytes: sizeOf(`${file.path}-wal`),
    vectors: file.vectors,
  };
}

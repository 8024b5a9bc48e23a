import type { Finding, Store, StoreFacts } from '../store.js';
import { DatabaseFile } from './file.js';
import { namespacesIn, sizeOf } from './filesystem.js';
import { inspect } from './inspect.js';
import { OpenFiles } from './open-files.js';
import { type Beside, demandAlone } from './twin.js';

export type SqliteOptions = {
  /** Which file holds a namespace; `:memory:` gives each namespace a database of its own that is gone at close. */
  readonly fileOf: (namespace: string) => string;
  /** Where the files of all namespaces but the default one, `db`, lie; without it none of them are listed. */
  readonly beside?: Beside;
  readonly durability: 'full' | 'normal';
  readonly busyTimeoutMs: number;
  /** Ends every wait for another process's lock. */
  readonly closing?: AbortSignal | undefined;
  /** What becomes of namespaces that nobody uses; without it they stay open. */
  readonly idle?: {
    readonly most: number;
    readonly ms: number;
    /** Those that stay open all the same. */
    readonly keep: readonly string[];
  };
};

/** More commits than one opening of a file sees. */
const OPENING = 2 ** 32;

/** A store of SQLite files, one a namespace, each opened on first use. */
export function openSqlite({ fileOf, beside, idle, ...opening }: SqliteOptions): Store {
  const files = new OpenFiles({
    open: async namespace => {
      const path = fileOf(namespace);
      if (beside && path !== beside.db) demandAlone(beside);
      return DatabaseFile.open({ path, namespace, ...opening });
    },
    most: idle?.most ?? Number.POSITIVE_INFINITY,
    idleMs: idle?.ms ?? Number.POSITIVE_INFINITY,
    keep: namespace => (idle?.keep.includes(namespace) ?? true) || fileOf(namespace) === ':memory:',
  });
  return {
    read: (namespace, fn) => files.use(namespace, file => file.read(fn)),
    write: (namespace, fn) => files.use(namespace, file => file.write(fn)),
    version: namespace => files.use(namespace, file => files.openingOf(file) * OPENING + file.version()),
    namespaces: async () => namespacesIn(fileOf, beside?.folder),
    settle: namespace => files.use(namespace, file => file.settle()),
    // A file tells nobody: whoever wants to know looks at its version.
    onChange: () => () => {},
    checks: ['schema', 'namespaces', 'pages and indexes', 'foreign keys'],
    facts: namespace => files.use(namespace, facts),
    inspect: (namespace): Promise<Finding[]> => files.use(namespace, file => file.read(inspect)),
    close: () => files.close(),
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

import { type Options, options } from './config/options.js';
import { checkNamespace, namespaceFile, namespaceFolder, twinOf } from './config/paths.js';
import { openPostgres } from './store/postgres/open.js';
import { openSqlite } from './store/sqlite/sqlite.js';
import type { Store } from './store/store.js';
import { isPostgres } from './text/database-url.js';
import { MINUTE } from './text/time.js';

export type Opening = Pick<
  Options,
  | 'durability'
  | 'busyTimeoutMs'
  | 'openNamespaces'
  | 'namespaceIdleMinutes'
  | 'namespace'
  | 'pgConnections'
  | 'pgStatementTimeoutMs'
  | 'pgIndex'
  | 'pgExact'
>;

/**
 * The store that `db` names, of the engine that it asks for. Nothing is opened or created before it is used. From
 * `closing` on it waits for no other process's lock.
 */
export function openStore(db: string, config: Opening, closing?: AbortSignal): Store {
  const { durability, busyTimeoutMs } = config;
  if (isPostgres(db))
    return openPostgres({
      url: db,
      durability,
      busyTimeoutMs,
      closing,
      statementTimeoutMs: config.pgStatementTimeoutMs,
      connections: config.pgConnections,
      near: { index: config.pgIndex, exact: config.pgExact },
      checkNamespace,
    });
  return openSqlite({
    fileOf: namespace => namespaceFile(db, namespace),
    beside: { db, folder: namespaceFolder(db), twin: twinOf(db) },
    durability,
    busyTimeoutMs,
    closing,
    idle: {
      most: config.openNamespaces,
      ms: config.namespaceIdleMinutes * MINUTE,
      keep: [config.namespace, options.namespace.default],
    },
  });
}

import { createRequire } from 'node:module';
import type { Database } from 'better-sqlite3';
import { EngineError } from '../../errors.js';

export type Connection = Database;

/** Loaded with the first database: a server answers its first request before it needs one. */
const require = createRequire(import.meta.url);

/** Two writers could corrupt the log before this release: sqlite.org/wal.html#walresetbug. */
const OLDEST_SQLITE = '3.51.3';

/** Opens a bare connection, to a file or to a copy of `place` in memory, without waiting for locks: the caller does, asynchronously. */
export function connect(place: string | Buffer): Connection {
  refuseWrongBinary();
  const BetterSqlite3: typeof import('better-sqlite3') = require('better-sqlite3');
  const connection = new BetterSqlite3(place, { timeout: 0 });
  const version = String(connection.prepare('select sqlite_version()').pluck().get());
  if (version.localeCompare(OLDEST_SQLITE, 'en', { numeric: true }) < 0) {
    connection.close();
    throw new EngineError(
      'unavailable',
      `SQLite ${version} can lose writes; mintmark needs ${OLDEST_SQLITE} or newer.`,
      'Reinstall mintmark, so that npm installs better-sqlite3 12.11 or newer.',
    );
  }
  return connection;
}

export function loadVectorExtension(connection: Connection): void {
  const { load }: typeof import('sqlite-vec') = require('sqlite-vec');
  load(connection);
}

/** better-sqlite3 13 needs Node-API 10 and crashes the whole process without it, which no catch can see. */
function refuseWrongBinary(): void {
  const nodeApi = Number(process.versions.napi ?? 0);
  if (nodeApi >= 10) return;
  const { version }: { version: string } = require('better-sqlite3/package.json');
  if (Number(version.split('.')[0]) < 13) return;
  throw new EngineError(
    'unavailable',
    `better-sqlite3 ${version} does not run on Node ${process.versions.node}.`,
    'Use Node 22.14 or newer, or install better-sqlite3@12.',
  );
}

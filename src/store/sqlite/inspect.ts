import { sql } from '../sql.js';
import type { Finding, Reader } from '../store.js';

/** SQLite's own checks: pages, indexes and foreign keys. What they cannot see, content hashes do. */
export async function inspect(reader: Reader): Promise<Finding[]> {
  // A query makes FTS5 look for other connections' commits, which its integrity check forgets to do: without it
  // the check compares a stale index with fresh rows and finds damage where there is none (SQLite 3.53.2).
  await reader.get(sql`select rowid from memory_text where memory_text match '"every0"' limit 1`);
  const pages = await reader.all<{ integrity_check: string }>(sql`pragma integrity_check(20)`);
  const keys = await reader.all<{ table: string; rowid: number }>(sql`pragma foreign_key_check`);
  return [
    ...pages
      .filter(row => row.integrity_check !== 'ok')
      .map(row => ({
        check: 'integrity',
        found: row.integrity_check,
        advice: 'Run `mintmark export` to save what can be read, then restore a backup.',
      })),
    ...keys.map(row => ({
      check: 'foreign keys',
      found: `${row.table} row ${row.rowid} refers to nothing`,
      advice: 'Restore a backup, or report it: no call of mintmark leaves this behind.',
    })),
  ];
}

import { sql } from '../sql.js';
import type { Finding, Reader } from '../store.js';

/** SQLite's own checks: pages, indexes and foreign keys. What they cannot see, content hashes do. */
export async function inspect(reader: Reader): Promise<Finding[]> {
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

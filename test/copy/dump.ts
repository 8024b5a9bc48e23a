import BetterSqlite3 from 'better-sqlite3';
import { sha256 } from '../../src/text/hash.js';

/** What a copy of a database has to hold too: all rows of all tables that are not made anew or its own. */
export function dumpOf(path: string): Record<string, unknown> {
  const database = new BetterSqlite3(path, { readonly: true });
  try {
    const tables = database
      .prepare<[], { name: string }>(
        "select name from pragma_table_list where type in ('table', 'virtual') order by name",
      )
      .all()
      .map(({ name }) => name)
      .filter(name => !/^sqlite_|_term$|^migration$|^copy_mark$|^writer_|_claim$|^vector/.test(name));
    return Object.fromEntries(tables.map(name => [name, rowsOf(database, name)]));
  } finally {
    database.close();
  }
}

function rowsOf(database: BetterSqlite3.Database, table: string): string[] {
  // The number of a body says in which order it came, and is used for nothing.
  const columns = database
    .prepare<[string], { name: string }>('select name from pragma_table_info(?)')
    .all(table)
    .map(({ name }) => `"${name}"`)
    .filter(name => table !== 'body' || name !== '"number"');
  const rowid = table.endsWith('_text') ? 'rowid, ' : '';
  return database
    .prepare<[], unknown[]>(`select ${rowid}${columns.join(', ')} from "${table}"`)
    .raw()
    .all()
    .map(row => JSON.stringify(row))
    .map(text => (text.length > 300 ? `${text.slice(0, 200)} ${sha256(text)}` : text))
    .sort();
}

import BetterSqlite3 from 'better-sqlite3';

export type Stored = { readonly id: string; readonly status: string; readonly content: string };

/** Every memory of a file as its rows hold it, for tests that must not trust the code under test. */
export function storedMemories(db: string): Stored[] {
  const connection = new BetterSqlite3(db, { readonly: true });
  try {
    return connection
      .prepare<[], Stored>(
        `select m.id, m.status, json_extract(b.content, '$.content') as content
         from memory m join body b on b.namespace = m.namespace and b.owner = m.id`,
      )
      .all();
  } finally {
    connection.close();
  }
}

import { execFileSync } from 'node:child_process';
import BetterSqlite3 from 'better-sqlite3';
import { POSTGRES } from './engines.js';
import { psql } from './postgres.js';

/** Rows as the database holds them, for tests that must not trust the code under test. Names of tables are those of the engine. */
export async function rowsOf<Row = unknown>(db: string, query: string): Promise<Row[]> {
  if (POSTGRES) {
    await using owner = await psql(db);
    return await owner.rows<Row>(query);
  }
  const connection = new BetterSqlite3(db, { readonly: true });
  try {
    return connection.prepare<[], Row>(query).all();
  } finally {
    connection.close();
  }
}

/** Changes rows past the code under test; the rules of the database hold. */
export async function change(db: string, script: string): Promise<void> {
  if (POSTGRES) {
    await using owner = await psql(db);
    await owner.rows(script);
    return;
  }
  const connection = new BetterSqlite3(db);
  try {
    connection.exec(script);
  } finally {
    connection.close();
  }
}

/** Changes rows as only who owns the database could: all rules are off meanwhile. */
export async function tamper(db: string, script: string): Promise<void> {
  if (POSTGRES) {
    await using owner = await psql(db);
    return await owner.tamper(script);
  }
  const triggers = await rowsOf<{ name: string; sql: string }>(
    db,
    "select name, sql from sqlite_master where type = 'trigger'",
  );
  const off = triggers.map(({ name }) => `drop trigger ${name};`);
  const on = triggers.map(({ sql }) => `${sql};`);
  await change(db, ['begin;', ...off, `${script};`, ...on, 'commit'].join('\n'));
}

export type Stored = { readonly id: string; readonly status: string; readonly content: string };

/** Every memory of a database. */
export async function storedMemories(db: string): Promise<Stored[]> {
  const rows = await rowsOf<Stored>(
    db,
    `select m.id, m.status, b.content from memory m join body b on b.namespace = m.namespace and b.owner = m.id`,
  );
  return rows.map(({ content, ...rest }) => ({ ...rest, content: JSON.parse(content).content }));
}

/** Those of the words that stand anywhere: in the bytes of the file and its log, or in a row of any table. */
export async function wordsIn(db: string, words: readonly string[]): Promise<string[]> {
  const held = POSTGRES ? await everyRow(db) : bytesOf(db);
  return words.filter(word => held.includes(word));
}

/** Those of the words that stand in a body. */
export async function wordsInBodies(db: string, words: readonly string[]): Promise<string[]> {
  const bodies = JSON.stringify(await rowsOf(db, 'select content from body'));
  return words.filter(word => bodies.includes(word));
}

/** Read by another process: this one would drop SQLite's locks. */
function bytesOf(db: string): Buffer {
  const script =
    "for (const end of ['', '-wal']) if (fs.existsSync(process.argv[1] + end)) process.stdout.write(fs.readFileSync(process.argv[1] + end))";
  return execFileSync(process.execPath, ['-e', script, db], { maxBuffer: 2 ** 30 });
}

/** Every row of every table, in one order whatever was written first. */
export async function everyRow(db: string): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    db,
    POSTGRES
      ? `select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' order by 1`
      : `select name from pragma_table_list where schema = 'main' and type = 'table' order by name`,
  );
  const rows: unknown[] = [];
  for (const { name } of tables)
    rows.push(
      await rowsOf(db, POSTGRES ? `select t::text from "${name}" t order by 1` : `select * from "${name}"`),
    );
  return JSON.stringify(rows);
}

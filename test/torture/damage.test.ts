import { copyFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../src/engine.js';
import { fillWithEverything, openFixed } from '../store/everything.js';
import { temporaryFolder } from '../support/mintmark.js';

const folder = temporaryFolder();
const sound = folder.file('sound.db');

beforeAll(async () => {
  // What is done after replies comes at the end or never: how the index lies in the file depends on when it was written.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await using engine = openFixed(sound, { blobTokens: 500 });
  await fillWithEverything(engine);
  vi.useRealTimers();
});
afterAll(() => folder[Symbol.dispose]());

/** What may be altered unseen, because nothing is read otherwise for it. */
const UNCHECKED: readonly string[] = [
  // A row number that nothing refers to; the owner names a body.
  'body.number',
  // Where to begin in a segment of the index; one of a single page is read from its start whatever they say.
  ...['memory_text_idx.segid', 'memory_text_idx.term'],
  ...['passage_text_idx.segid', 'passage_text_idx.term'],
];

/** Empty here: what work under way notes of itself, vectors, whose checks have tests of their own, who may call, and where a copy came from. */
const EMPTY: readonly string[] = [
  ...['access_token', 'copy_mark'],
  ...['unindexed', 'writer_call', 'writer_claim', 'vector_claim'],
  ...['vector', 'vector_model', 'vector_progress', 'vector_feed', 'vector_gone'],
];

describe('deep verification', () => {
  it('finds nothing in a sound file', async () => {
    expect(await findings(sound)).toEqual([]);
  });

  it('finds one altered value in every column of every table', async () => {
    const missed = new Set<string>();
    for (const place of placesOf(sound)) {
      const found = await findings(damage(sound, connection => alter(connection, place)));
      if (found.length === 0) missed.add(`${place.table}.${place.column}`);
    }
    expect([...missed].sort()).toEqual(UNCHECKED);
  });

  it.each([
    ['a trigger that is gone', 'drop trigger event_is_not_changed'],
    ['a trigger that was added', 'create trigger spy after insert on body begin select 1; end'],
    ['an index that is gone', 'drop index memory_by_status'],
    ['a column that was added', 'alter table memory add column note text'],
  ])('finds %s', async (_name, script) => {
    expect(await findings(damage(sound, connection => connection.exec(script)))).toContain('schema');
  });

  it.each([
    [
      'a memory whose body is the sound body of another',
      'body',
      `update body set (salt, hash, content) = (select salt, hash, content from body where owner like 'event:%')
       where owner like 'mem%'`,
    ],
    ['a rationale that is gone', 'body', `delete from body where owner like '%/0'`],
    ['a purge that no event names', 'purge', `insert into purged values ('default', 'mem_1', 'memory', 1)`],
    [
      'an event in a later position',
      'ledger',
      'update event set position = 1000 where position = (select max(position) from event)',
    ],
  ])('finds %s', async (_name, check, script) => {
    const file = damage(sound, connection => withoutTriggers(connection, () => connection.exec(script)));
    expect(await findings(file)).toContain(check);
  });

  it('refuses a file whose header says that it is new', async () => {
    expect(await findings(damage(sound, connection => connection.pragma('user_version = 0')))).toEqual([
      'damaged',
    ]);
  });

  it('finds a lost way to a page of the search index', async () => {
    const large = folder.file('large.db');
    const words = Array.from({ length: 900 }, (_, index) => `word${(index * 7919) % 10007}`);
    const engine = openFixed(large);
    await engine.memories.propose({ changes: [{ content: words.join(' ') }] });
    await engine.sessions.append({ messages: [{ role: 'user', content: words.join(' ') }] });
    await engine.close();
    expect(await findings(large)).toEqual([]);
    for (const index of ['memory_text_idx', 'passage_text_idx']) {
      const script = `update ${index} set segid = segid + 1000 where term <> ''`;
      expect(await findings(damage(large, connection => connection.exec(script)))).toEqual(['integrity']);
    }
  });
});

type Place = { readonly table: string; readonly column: string; readonly row: number };

/** In every column of every table, those of the search index included, one row of each kind of value. */
function placesOf(db: string): Place[] {
  const connection = new BetterSqlite3(db, { readonly: true });
  const tables = connection
    .prepare<[], string>(
      `select name from pragma_table_list where schema = 'main' and type in ('table', 'shadow') and name not like 'sqlite%'`,
    )
    .pluck()
    .all();
  const places = new Map<string, Place>();
  for (const table of tables)
    for (const [row, cells] of rowsOf(connection, table).entries())
      for (const [column, value] of Object.entries(cells))
        places.set(`${table}.${column} ${kindOf(value)}`, { table, column, row });
  connection.close();
  expect(new Set([...places.values()].map(place => place.table))).toEqual(
    new Set(tables.filter(table => !EMPTY.includes(table))),
  );
  return [...places.values()];
}

/** Texts that differ only in numbers and hashes are alike. */
const kindOf = (value: unknown): string =>
  typeof value === 'string'
    ? value.replace(/[0-9a-f]{8,}|[0-9]+/g, '#')
    : value === null
      ? 'null'
      : typeof value;

const rowsOf = (connection: BetterSqlite3.Database, table: string): Record<string, unknown>[] =>
  connection.prepare<[], Record<string, unknown>>(`select * from "${table}"`).all();

function alter(connection: BetterSqlite3.Database, { table, column, row }: Place): void {
  const cells = Object.entries(rowsOf(connection, table)[row] ?? {});
  const value = cells.find(([name]) => name === column)?.[1];
  const where = cells.map(([name]) => `"${name}" is ?`).join(' and ');
  withoutTriggers(connection, () => {
    const { changes } = connection
      .prepare(`update "${table}" set "${column}" = ? where ${where}`)
      .run(altered(value), ...cells.map(([, cell]) => cell));
    expect(changes).toBe(1);
  });
}

/** The schema is the same afterwards, so that only what was done to rows can be found. */
function withoutTriggers(connection: BetterSqlite3.Database, work: () => void): void {
  const triggers = connection
    .prepare<[], { name: string; sql: string }>(`select name, sql from sqlite_schema where type = 'trigger'`)
    .all();
  for (const { name } of triggers) connection.exec(`drop trigger ${name}`);
  work();
  for (const { sql } of triggers) connection.exec(sql);
}

function altered(value: unknown): unknown {
  if (value === null) return 1000;
  if (typeof value === 'number') return value + 1000;
  if (value instanceof Uint8Array) return alteredBytes(value);
  const text = typeof value === 'string' ? value : '';
  const at = Math.floor(text.length / 2);
  return text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
}

function alteredBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(1);
  const at = Math.floor(bytes.length / 2);
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

/** Does something to a copy of a closed file that mintmark would not do. Returns the copy. */
function damage(source: string, work: (connection: BetterSqlite3.Database) => void): string {
  const file = folder.file('damaged.db');
  copyFileSync(source, file);
  const connection = new BetterSqlite3(file);
  connection.unsafeMode();
  for (const pragma of ['foreign_keys = off', 'ignore_check_constraints = on', 'synchronous = off'])
    connection.pragma(pragma);
  connection.transaction(() => work(connection))();
  connection.close();
  return file;
}

/** The checks that found something. A file may also be refused at once; any other failure is the test's. */
async function findings(db: string): Promise<string[]> {
  await using engine = openFixed(db);
  try {
    return (await engine.verify({ deep: true })).findings.map(({ check }) => check);
  } catch (error) {
    if (error instanceof EngineError) return [error.code];
    throw error;
  }
}

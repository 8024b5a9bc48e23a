import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine, EngineError } from '../../src/engine.js';
import { fixedSources } from '../support/connect.js';
import { temporaryFolder } from '../support/mintmark.js';

const home = { nodes: ['repo:acme/app'], aliases: [] };
const open = (db: string): Engine => composeEngine(resolveOptions({ db }), { sources: fixedSources(), home });

const folder = temporaryFolder();
const original = folder.file('original.db');
const copy = folder.file('copy.db');

beforeAll(async () => {
  const engine = open(original);
  await fill(engine);
  await engine.close();
  // Opened anew: a reader that was open during a purge reports the search index as damaged, see below.
  await using reopened = open(original);
  expect((await reopened.verify({ deep: true })).findings).toEqual([]);
  const connection = new BetterSqlite3(original);
  connection.prepare('vacuum into ?').run(copy);
  connection.close();
});
afterAll(() => folder[Symbol.dispose]());

/** A little of everything that a database can hold. */
async function fill({ memories, call }: Engine): Promise<void> {
  const once = (key: string) =>
    call({ idempotency: { tool: 'memory_propose', key, argumentsHash: 'a'.repeat(64) } });
  const rich = {
    graph_nodes: ['project:atlas', 'user:ada'],
    tags: ['database', 'choice'],
    rationale: 'measured',
  };
  const first = await memories.propose(
    { changes: [{ content: 'We use SQLite for storage.', type: 'decision', ...rich }], commit: true },
    once('first'),
  );
  const [old = ''] = first.committed_ids;
  await memories.propose({
    changes: [
      {
        op: 'supersede',
        content: 'Storage is SQLite with a log.',
        supersedes: [old],
        source_refs: ['adr/1'],
      },
    ],
    commit: true,
  });
  const retired = await memories.propose({ changes: [{ content: 'Builds run at night.' }], commit: true });
  await memories.propose({
    changes: [{ op: 'deprecate', target_id: retired.committed_ids[0], rationale: 'They run by day.' }],
    commit: true,
  });
  const refused = await memories.propose({ changes: [{ content: 'The moon is cheese.', global: true }] });
  await memories.decide({ batch_id: refused.batch_id, decision: 'reject', reason: 'It is not.' });
  const gone = await memories.propose(
    { changes: [{ content: 'Grapefruit is banned.' }], commit: true },
    once('gone'),
  );
  await memories.forget({ ids: gone.committed_ids, purge: true });
  await memories.propose({ changes: [{ content: 'Still to be decided.', valid_from: '2026-01-01' }] });
}

const values = (names: string): string => names.split(' ').join(', ');
const EVENT = values('position namespace stream sequence type at body_hash previous_hash hash');
const BODY = values('number namespace owner salt hash content');

describe('what is in the ledger stays', () => {
  it.each([
    ['an event replaced', `insert or replace into event select ${EVENT} from event where position = 1`],
    [
      'an event replaced by its stream and sequence',
      `insert or replace into event select ${EVENT.replace('position', '1000')} from event where position = 1`,
    ],
    [
      'an event in a gap',
      `insert into event select ${EVENT.replace('position', '1000').replace(' sequence', ' 1000')} from event where position = 1`,
    ],
    [
      'an event upserted',
      `insert into event select ${EVENT} from event where position = 1 on conflict do update set hash = 'x'`,
    ],
    ['an event updated', `update event set at = at + 1 where position = 1`],
    ['an event replaced by an update', `update or replace event set position = 2 where position = 1`],
    ['the last event deleted', 'delete from event where position = (select max(position) from event)'],
    ['a body replaced', `insert or replace into body select ${BODY} from body limit 1`],
    [
      'a body replaced by its owner',
      `insert or replace into body select ${BODY.replace('number', '1000')} from body limit 1`,
    ],
    ['a body updated', `update body set content = '{}' where number = 1`],
    ['a body deleted without a PURGE event', 'delete from body where number = 1'],
    [
      'a purged body written again',
      `insert into body (namespace, owner, salt, hash, content) select namespace, owner, 's', 'h', '{}' from purged limit 1`,
    ],
    ['a purge replaced', 'insert or replace into purged select * from purged limit 1'],
    ['a purge without its event', `insert into purged values ('default', 'mem_1', 'memory', 1)`],
    ['a purge updated', `update purged set owner = 'x'`],
    ['a purge deleted', 'delete from purged'],
  ])('%s is refused to a plain connection', (_name, statement) => {
    const connection = new BetterSqlite3(original);
    const state = () =>
      ['event', 'body', 'purged'].map(table => connection.prepare(`select * from ${table}`).all());
    const before = state();
    expect(() => connection.exec(statement)).toThrow(/append-only|body|purge/);
    expect(state()).toEqual(before);
    connection.close();
  });
});

/** Where a row belongs or what it is called, not what a user stored; nothing else in the file repeats it yet. */
const UNCHECKED: readonly string[] = [
  ...['scope.namespace', 'body.namespace', 'body.owner', 'memory_text_config.k', 'memory_text_config.v'],
  ...['idempotency.namespace', 'idempotency.tool', 'idempotency.key', 'idempotency.arguments_hash'],
  ...['migration.name', 'purged.namespace', 'purged.owner', 'purged.stream'],
];

describe('one altered character', () => {
  it('is found in every stored content of every table', { timeout: 60_000 }, async () => {
    const missed: string[] = [];
    const places = textsOf(copy);
    expect(new Set(places.map(place => place.table)).size).toBeGreaterThan(10);
    for (const place of places) {
      const damaged = folder.file('damaged.db');
      copyFileSync(copy, damaged);
      alter(damaged, place);
      const name = `${place.table}.${place.column}`;
      if (!UNCHECKED.includes(name) && !(await isFound(damaged))) missed.push(`${name} row ${place.row}`);
    }
    expect(missed).toEqual([]);
  });
});

type Place = { readonly table: string; readonly column: string; readonly row: number };

/** Every text in every row, the shadow tables of the search index included. */
function textsOf(db: string): Place[] {
  const connection = new BetterSqlite3(db, { readonly: true });
  const tables = connection
    .prepare<[], string>(
      `select name from pragma_table_list where schema = 'main' and type in ('table', 'shadow') and name not like 'sqlite%'`,
    )
    .pluck()
    .all();
  const places = tables.flatMap(table =>
    rowsOf(connection, table).flatMap((row, index) =>
      Object.entries(row)
        .filter(([, value]) => typeof value === 'string' && value !== '')
        .map(([column]) => ({ table, column, row: index })),
    ),
  );
  connection.close();
  return places;
}

const rowsOf = (connection: BetterSqlite3.Database, table: string): Record<string, unknown>[] =>
  connection.prepare<[], Record<string, unknown>>(`select * from ${table}`).all();

function alter(db: string, { table, column, row }: Place): void {
  const connection = new BetterSqlite3(db);
  connection.unsafeMode();
  for (const pragma of ['foreign_keys = off', 'ignore_check_constraints = on', 'journal_mode = delete'])
    connection.pragma(pragma);
  const triggers = connection
    .prepare<[], string>(`select name from sqlite_schema where type = 'trigger'`)
    .pluck();
  for (const trigger of triggers.all()) connection.exec(`drop trigger ${trigger}`);
  const cells = Object.entries(rowsOf(connection, table)[row] ?? {});
  const text = String(cells.find(([name]) => name === column)?.[1]);
  const at = Math.floor(text.length / 2);
  const altered = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
  const where = cells.map(([name]) => `"${name}" is ?`).join(' and ');
  const { changes } = connection
    .prepare(`update "${table}" set "${column}" = ? where ${where}`)
    .run(altered, ...cells.map(([, value]) => value));
  expect(changes).toBe(1);
  connection.close();
}

/** Deep verification names it, or the file is refused at once; any other failure is none of the two. */
async function isFound(db: string): Promise<boolean> {
  await using engine = open(db);
  try {
    return !(await engine.verify({ deep: true })).healthy;
  } catch (error) {
    return error instanceof EngineError;
  }
}

describe('a purge', () => {
  // Known bug: FTS5's integrity check on the long-lived reader sees stale index data; a new connection says ok.
  it('followed by a write is no damage to an engine that stays open', async () => {
    await using engine = open(folder.file('stays-open.db'));
    await engine.memories.propose({ changes: [{ content: 'We use SQLite for storage.' }], commit: true });
    const gone = await engine.memories.propose({
      changes: [{ content: 'Grapefruit is banned.' }],
      commit: true,
    });
    await engine.memories.forget({ ids: gone.committed_ids, purge: true });
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
    await engine.memories.propose({ changes: [{ content: 'Still to be decided.' }] });
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('leaves the text in no byte of the database or its log, and the chain valid', async () => {
    const db = folder.file('purge.db');
    await using engine = open(db);
    const keep = await engine.memories.propose({ changes: [{ content: 'Kept sentence.' }], commit: true });
    const call = engine.call({
      idempotency: { tool: 'memory_propose', key: 'k', argumentsHash: 'a'.repeat(64) },
    });
    const proposed = await engine.memories.propose(
      {
        changes: [
          {
            content: 'The quokkaword is told to nobody.',
            rationale: 'because wombatword',
            tags: ['numbattag'],
            graph_nodes: ['person:bilbynode'],
            source_refs: ['emu://dingoref'],
          },
        ],
        commit: true,
      },
      call,
    );
    const words = ['quokkaword', 'wombatword', 'numbattag', 'bilbynode', 'dingoref'];
    expect(present(db, [...words, 'Kept sentence'])).toEqual([...words, 'Kept sentence']);
    await engine.memories.forget({ ids: proposed.committed_ids, purge: true });
    expect(present(db, [...words, 'Kept sentence'])).toEqual(['Kept sentence']);
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
    expect((await engine.memories.read(keep.committed_ids[0] ?? '')).text).toBe('Kept sentence.');
  });
});

/** Which words lie in the bytes of the files; read by a process of its own, for the locks of this one. */
function present(db: string, words: readonly string[]): string[] {
  const script = `
    const { existsSync, readFileSync } = require('node:fs');
    const [db, ...words] = process.argv.slice(1);
    const bytes = Buffer.concat([db, db + '-wal'].filter(existsSync).map(file => readFileSync(file)));
    console.log(JSON.stringify(words.filter(word => bytes.includes(word))));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script, db, ...words], { encoding: 'utf8' }));
}

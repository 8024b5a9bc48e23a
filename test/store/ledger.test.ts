import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { wordsIn } from '../support/stored.js';
import { fillWithEverything, openFixed } from './everything.js';

const folder = temporaryFolder();
const original = folder.file('original.db');

beforeAll(async () => {
  await using engine = openFixed(original);
  await fillWithEverything(engine);
});
afterAll(() => folder[Symbol.dispose]());

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

describe('a purge', () => {
  // Known bug: FTS5's integrity check on the long-lived reader sees stale index data; a new connection says ok.
  it('followed by a write is no damage to an engine that stays open', async () => {
    await using engine = openFixed(folder.file('stays-open.db'));
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

  it('leaves no word of the text anywhere, and the chain valid', async () => {
    const db = folder.file('purge.db');
    await using engine = openFixed(db);
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
    expect(await wordsIn(db, [...words, 'Kept sentence'])).toEqual([...words, 'Kept sentence']);
    await engine.memories.forget({ ids: proposed.committed_ids, purge: true });
    expect(await wordsIn(db, [...words, 'Kept sentence'])).toEqual(['Kept sentence']);
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
    expect((await engine.memories.read(keep.committed_ids[0] ?? '')).text).toBe('Kept sentence.');
  });
});

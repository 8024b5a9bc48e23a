import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { change } from '../support/stored.js';
import { fillWithEverything, openFixed } from './everything.js';

const folder = temporaryFolder();
const db = folder.file('memory.db');

beforeAll(async () => {
  await using engine = openFixed(db);
  await fillWithEverything(engine);
});
afterAll(() => folder[Symbol.dispose]());

/** Columns of one message that is visible, in a session that has others. */
const SOME = `id = (select id from message where hidden_at is null order by id limit 1)`;
const NEXT = `select namespace, 'msg_new', session_id, %s, null, role, null, null, 1, tokenizer, 0, 0, null from message where ${SOME}`;
const COLUMNS = `namespace, id, session_id, sequence, client_id, role, name, timestamp, tokens, tokenizer, calls, created_at, hidden_at`;
const insert = (sequence: string) => `insert into message (${COLUMNS}) ${NEXT.replace('%s', sequence)}`;

const BLOB = `id = (select min(id) from blob)`;

describe('the database itself refuses', () => {
  it.each<[string, string, string | RegExp]>([
    ['another role', `update message set role = 'user', name = 'x' where ${SOME}`, 'never changed'],
    ['another order', `update message set sequence = sequence + 1000 where ${SOME}`, 'never changed'],
    ['another count', `update message set tokens = 1000 where ${SOME}`, 'never changed'],
    [
      'hiding with a change',
      `update message set hidden_at = 5, tokens = 1000 where ${SOME}`,
      'never changed',
    ],
    [
      'a message brought back',
      `update message set hidden_at = null where hidden_at is not null`,
      'never changed',
    ],
    [
      'a message hidden twice',
      `update message set hidden_at = 1 where hidden_at is not null`,
      'never changed',
    ],
    ['a message deleted', `delete from message where ${SOME}`, 'only under a PURGE'],
    [
      'a message replaced',
      `insert or replace into message select * from message where ${SOME}`,
      'append-only',
    ],
    ['a number given twice', insert('sequence'), 'append-only'],
    ['a number the session has not', insert('1000'), 'append-only'],
    [
      'a session deleted',
      `delete from session where id = (select min(id) from session)`,
      'only under a PURGE',
    ],
    [
      'another summary',
      `update summary set covers = '[[1,9]]', ended_at = 5 where ended_at is null`,
      'only ended',
    ],
    ['a summary brought back', `update summary set ended_at = null where ended_at is not null`, 'only ended'],
    ['a summary deleted', `delete from summary`, 'only under a PURGE'],
    ['a summary replaced', `insert or replace into summary select * from summary`, 'append-only'],
    ['what was said changed', `update body set content = '{}' where owner like 'msg%'`, 'never changed'],
    ['what was said deleted', `delete from body where owner like 'msg%'`, 'only under a PURGE'],
    ['another name', `update blob set name = 'x' where ${BLOB}`, 'never changed'],
    ['another scope', `update blob set scope_id = scope_id where ${BLOB}`, 'never changed'],
    ['a blob deleted', `delete from blob where ${BLOB}`, 'only under a PURGE'],
    ['a blob replaced', `insert or replace into blob select * from blob where ${BLOB}`, 'written once'],
    ['what it holds changed', `update body set content = '{}' where owner like 'blob%'`, 'never changed'],
    ['what it holds deleted', `delete from body where owner like 'blob%'`, 'only under a PURGE'],
    ['another event', `update event set type = 'PURGE'`, 'append-only'],
    ['an event deleted', `delete from event where position = 1`, 'append-only'],
    [
      'an event between',
      `insert into event (namespace, stream, sequence, type, at, body_hash, previous_hash, hash) select namespace, stream, sequence + 5, type, at, body_hash, previous_hash, hash from event limit 1`,
      'no gaps',
    ],
    ['another purge', `update purged set sequence = 1`, 'stays purged'],
    ['a purge undone', `delete from purged`, 'stays purged'],
    [
      'a purge without its event',
      `insert into purged select namespace, 'mem_x', stream, sequence from event where type <> 'PURGE' limit 1`,
      'only a PURGE event purges',
    ],
    [
      'what was purged written again',
      `insert into body (namespace, owner, salt, hash, content) select namespace, owner, 's', 'h', '{}' from purged limit 1`,
      /stays purged|written once/,
    ],
    ['another episode', `update episode set hash = 'x'`, 'never changed'],
    ['an episode deleted', `delete from episode`, 'only under a PURGE'],
    ['another version', `update medallion_version set evidence = '[]'`, 'never changed'],
    ['a version deleted', `delete from medallion_version`, 'only under a PURGE'],
    [
      'a version left out',
      `insert into medallion_version select namespace, medallion_id, version + 5, at, evidence, run_id from medallion_version limit 1`,
      'no gaps',
    ],
    ['another import', `update import set kind = 'aos'`, 'never changed'],
    ['an import deleted', `delete from import`, /never.* deleted/],
    ['an imported event deleted', `delete from imported_event`, /never.* deleted/],
    ['another alias', `update alias set local_id = 'x'`, 'never changed'],
  ])('%s', async (_what, script, reason) => {
    const triggering = POSTGRES ? script : `pragma recursive_triggers = on; ${script}`;
    await expect(change(db, triggering)).rejects.toThrow(reason);
  });
});

import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
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
  it.each([
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
  ])('%s', (_what, script, reason) => {
    const connection = new BetterSqlite3(db);
    connection.pragma('recursive_triggers = on');
    try {
      expect(() => connection.exec(script)).toThrow(reason);
    } finally {
      connection.close();
    }
  });
});

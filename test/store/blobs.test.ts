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

const SOME = `id = (select min(id) from blob)`;

describe('the database itself refuses', () => {
  it.each([
    ['another name', `update blob set name = 'x' where ${SOME}`, 'never changed'],
    ['another scope', `update blob set scope_id = scope_id where ${SOME}`, 'never changed'],
    ['a blob deleted', `delete from blob where ${SOME}`, 'only under a PURGE'],
    ['a blob replaced', `insert or replace into blob select * from blob where ${SOME}`, 'written once'],
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

it('nothing of a purged blob is left in the file', async () => {
  const connection = new BetterSqlite3(db, { readonly: true });
  const text = connection
    .prepare<[], string>(`select group_concat(content) from body where content like '%fruit.txt%'`)
    .pluck()
    .get();
  connection.close();
  expect(text).toBeNull();
});

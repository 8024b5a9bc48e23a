import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillWithEverything, openFixed } from '../store/everything.js';
import { asSuperuser } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { copyDatabase, dropOwnDatabases, ownDatabase, ownUrl } from '../support/own-databases.js';
import { psql } from '../support/postgres.js';

const folder = temporaryFolder();
const db = ownUrl(folder.file('rules.db'));

beforeAll(async () => {
  await ownDatabase(folder.file('rules.db'));
  await using engine = openFixed(db);
  await fillWithEverything(engine);
}, 600_000);
afterAll(dropOwnDatabases, 600_000);

describe('PostgreSQL itself refuses', () => {
  it.each([
    ['the ledger emptied', `truncate event`, 'never truncated'],
    ['bodies emptied', `truncate body cascade`, 'never truncated'],
    [
      'a memory of a scope that there is not',
      `update memory set scope_id = 99999 where number = 1`,
      'violates foreign key',
    ],
  ])('%s', async (_what, script, reason) => {
    await using owner = await psql(db);
    await expect(owner.rows(script)).rejects.toThrow(reason);
  });
});

describe('doctor finds what only a superuser can do', () => {
  it.each([
    ['an event changed', `update event set at = at + 1 where position = 2`, 'ledger'],
    ['a body changed', `update body set content = '{}' where owner like 'mem%'`, 'content hash'],
    ['a reference to nothing', `update memory set scope_id = 99999 where number = 1`, 'foreign keys'],
    ['a rule taken away', `drop trigger event_is_kept on event`, 'schema'],
    ['a rule switched off', `alter table body disable trigger body_is_kept`, 'schema'],
    [
      'a rule made toothless',
      `create or replace function mintmark_refuse() returns trigger language plpgsql as 'begin return new; end'`,
      'schema',
    ],
    ['an index taken away', `drop index memory_by_status`, 'schema'],
    ['a column more', `alter table memory add column secret text`, 'schema'],
    ['row security switched off', `alter table memory disable row level security`, 'schema'],
    ['row security of others alone', `alter table body no force row level security`, 'schema'],
    ['a policy taken away', `drop policy own_rows on body`, 'schema'],
    ['a policy more', `create policy every_row on memory using (true)`, 'schema'],
    [
      'a policy for others',
      `alter policy every_row_of_its_owner on memory_text to public using (true)`,
      'schema',
    ],
    [
      'a search of all rows',
      `create or replace view memory_terms as select namespace, number, terms, length from memory_text`,
      'schema',
    ],
  ])('%s', async (what, script, check) => {
    const path = ownUrl(folder.file(what));
    await copyDatabase(db, path);
    await using engine = openFixed(path);
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
    await using owner = await psql(path);
    await owner.tamper(script);
    expect((await engine.verify({ deep: true })).findings).toContainEqual(expect.objectContaining({ check }));
  });

  it('and nothing in what was dumped and restored', async () => {
    const path = ownUrl(folder.file('restored'));
    await copyDatabase(db, path);
    await using owner = await psql(path);
    // Rules are made anew from how the server writes them, as pg_dump has it.
    await owner.rows(`do $$ declare rule record; begin
      for rule in select tgname as name, tgrelid::regclass as of, pg_get_triggerdef(oid) as made from pg_trigger where not tgisinternal
      loop
        execute format('drop trigger %I on %s', rule.name, rule.of);
        execute rule.made;
      end loop; end $$`);
    await using engine = openFixed(path);
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('a row of a namespace that there is not, which no other role sees', async () => {
    const path = ownUrl(folder.file('strays'));
    await copyDatabase(db, path);
    await using owner = await psql(path);
    await owner.tamper(`insert into unindexed values ('nowhere')`);
    const found = async (url: string) => {
      await using engine = openFixed(url);
      return (await engine.verify({ deep: true })).findings.map(({ check }) => check);
    };
    expect(await found(asSuperuser(path))).toEqual(['namespace']);
    expect(await found(path)).toEqual([]);
  });
});

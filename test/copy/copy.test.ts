import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { columnsOf, EVENTS, NOT_COPIED, TABLES } from '../../src/store/copied-tables.js';
import { fixedSources } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { before, copy, expectCopy, filled, openAt, small } from './copying.js';
import { stepsOfLife } from './life.js';

describe('a copy', () => {
  it('holds everything, vectors too, and is sound', async () => {
    const place = await filled();
    const { events, streams, vectors } = await copy(place);
    await expectCopy(place);
    await using source = openAt(place.from);
    await using target = openAt(place.to);
    const { counts, backlog } = await target.status();
    expect(await source.status()).toMatchObject({ counts: { ...counts, events }, backlog });
    expect(streams).toBe(21);
    expect(vectors).toBeGreaterThan(170);
    expect(backlog).toMatchObject({ pending_embeddings: 0 });
  });

  it('finds what the source finds, in the same order', async () => {
    const place = await filled();
    await copy(place);
    await using source = openAt(place.from, fixedSources());
    await using target = openAt(place.to, fixedSources());
    for (const query of ['storage log', 'a long output', 'moving another machine', 'turn 42', 'grapefruit']) {
      const asked = { query, all: true, limit: 50, detail: 'full', explain: true } as const;
      expect(await target.search(asked)).toEqual(await source.search(asked));
    }
  });

  it('made again brings what is new since', async () => {
    const place = await filled();
    await copy(place);
    await using engine = openAt(place.from);
    for (const step of stepsOfLife()) await step(engine);
    await copy(place);
    await expectCopy(place);
  });

  it('that is unfinished says so in status', async () => {
    const place = await small();
    const stop = (writes: number) => {
      if (writes > 5) throw new Error('stopped');
    };
    await expect(copy(place, { through: to => before(to, stop) })).rejects.toThrow('stopped');
    const warnings = async (db: string) => {
      await using engine = openAt(db);
      return (await engine.status()).warnings;
    };
    await expect(copy({ from: place.to, to: databasePath() })).rejects.toThrow('itself an unfinished copy');
    expect(await warnings(place.to)).toEqual([
      expect.stringMatching(/^This is an unfinished copy of .*run the same/),
    ]);
    await copy(place);
    expect(await warnings(place.to)).toEqual([]);
  });

  it('of an empty namespace is empty', async () => {
    const [from, to] = [databasePath(), databasePath()];
    expect(await copy({ from, to })).toMatchObject({ events: 0, rows: 0, vectors: 0 });
  });
});

describe('a target is refused', () => {
  it('that holds something else', async () => {
    const [place, other] = [await small(), await small('Yours.')];
    const copying = copy({ from: place.from, to: other.from });
    await expect(copying).rejects.toMatchObject({ code: 'conflict', message: /holds something already/ });
  });

  it('that was written to since it was copied', async () => {
    const place = await small();
    await copy(place);
    await using engine = openAt(place.to);
    await engine.memories.propose({ changes: [{ content: 'More.' }] });
    await expect(copy(place)).rejects.toMatchObject({
      code: 'conflict',
      message: /not the one in the source/,
    });
  });

  it('that is a copy of another store', async () => {
    const [place, other] = [await small(), await small('Yours.')];
    await copy(place);
    await expect(copy({ from: other.from, to: place.to })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('that is the source itself', async () => {
    const { from } = await small();
    await expect(copy({ from, to: from })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('that is altered while it is copied to', async () => {
    const place = await small();
    const spoil = (writes: number) => {
      if (writes < 20) return;
      const database = new BetterSqlite3(place.to);
      database.exec('update memory set importance = 0.123 where rowid = 1');
      database.close();
    };
    await expect(copy(place, { through: to => before(to, spoil) })).rejects.toMatchObject({
      code: 'damaged',
      message: /differ in memory/,
    });
  });
});

it('a source whose history was altered is not called copied', async () => {
  const place = await small();
  const database = new BetterSqlite3(place.from);
  database.exec('drop trigger event_is_not_changed');
  database.exec('update event set at = at + 1 where position = 1');
  database.close();
  await expect(copy(place)).rejects.toMatchObject({ code: 'damaged', message: /source is not sound/ });
});

it('every table and column of the schema is copied, or it is said why not', async () => {
  const db = databasePath();
  await using engine = openAt(db);
  await engine.status();
  const database = new BetterSqlite3(db, { readonly: true });
  const columns = database
    .prepare<[], { name: string; columns: string }>(`
      select t.name, group_concat(c.name) as columns from pragma_table_list t join pragma_table_info(t.name) c
      where t.type in ('table', 'virtual') and t.name not like 'sqlite%' and t.name not like '%\\_term' escape '\\'
      group by t.name`)
    .all();
  database.close();
  const copied = new Map(
    [EVENTS, ...TABLES].map(table => [table.name, ['namespace', ...columnsOf(table)].sort()]),
  );
  const stored = columns.filter(({ name }) => !(name in NOT_COPIED));
  const inBodies = (name: string, column: string) => name === 'body' && column === 'number';
  expect(Object.fromEntries(copied)).toEqual(
    Object.fromEntries(
      stored.map(row => [
        row.name,
        row.columns
          .split(',')
          .filter(column => !inBodies(row.name, column))
          .sort(),
      ]),
    ),
  );
});

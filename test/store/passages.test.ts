import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.js';
import { numberedPassages } from '../../src/passage/numbered.js';
import { POSTGRES, storeFor } from '../support/engines.js';
import { databasePath } from '../support/remember.js';
import { change, rowsOf, wordsIn } from '../support/stored.js';
import { fillWithEverything, openFixed } from './everything.js';

type Row = { readonly own: string; readonly before: string; readonly after: string; readonly ended: 0 | 1 };

/** What stands in the index by message, of a closed database. */
const indexed = (db: string): Promise<Row[]> =>
  rowsOf(
    db,
    `select t.own, t.before, t.after, case when p.ended_at is null then 0 else 1 end as ended
     from passage p join passage_text t on t.${POSTGRES ? 'number' : 'rowid'} = p.number
     where p.kind = 'message' order by p.sequence`,
  );

const said = (...texts: string[]) =>
  texts.map(text => ({ id: text.slice(0, 99), role: 'user', content: text }));

/** Does some work, closes the file and returns what is found to be wrong with it before that. */
async function during(db: string, work: (engine: Engine) => Promise<unknown>): Promise<unknown> {
  await using engine = openFixed(db);
  await work(engine);
  return (await engine.verify({ deep: true })).findings;
}

const row = (own: string, before = '', after = '', ended: 0 | 1 = 0): Row => ({ own, before, after, ended });

describe('the passages of messages', () => {
  it('hold the words before and after, also from one call to the next and past a turn without words', async () => {
    const db = databasePath();
    const found = await during(db, async ({ sessions }) => {
      const { session_id } = await sessions.append({ messages: said('one', 'two') });
      await sessions.append({
        session_id,
        messages: [{ role: 'assistant', content: '…' }, ...said('three')],
      });
    });
    expect(found).toEqual([]);
    expect(await indexed(db)).toEqual([
      row('one', '', 'two'),
      row('two', 'one', 'three'),
      row(''),
      row('three', 'two'),
    ]);
  });

  it('stay sound when long ones are hidden, purged and written again', async () => {
    const db = databasePath();
    const long = (word: string, times: number) => `${word} and deploy `.repeat(times);
    const found = await during(db, async ({ sessions }) => {
      const { session_id } = await sessions.append({ messages: said(long('first', 50)) });
      for (let round = 1; round <= 20; round += 1) {
        const texts = [long(`a${round}`, 40 * round), long('b', 300), `c${round}`, long('d', 20 * round)];
        const { message_ids } = await sessions.append({ session_id, messages: said(...texts) });
        const message_id = message_ids[round % 4] ?? '';
        await sessions.rewind({ session_id, message_id, purge: round % 3 === 0 });
      }
    });
    expect(found).toEqual([]);
  });

  it('hold at most 256 words of a neighbour', async () => {
    const db = databasePath();
    const long = Array.from({ length: 300 }, (_, index) => `w${index}`).join(' ');
    await during(db, ({ sessions }) => sessions.append({ messages: said(long, 'short') }));
    expect((await indexed(db))[1]?.before).toBe(long.split(' ').slice(0, 256).join(' '));
  });

  it('end when they are hidden, and are nobody’s neighbours then', async () => {
    const db = databasePath();
    const found = await during(db, async ({ sessions }) => {
      const { session_id } = await sessions.append({ messages: said('one', 'two', 'three') });
      await sessions.rewind({ session_id, message_id: 'two' });
      await sessions.append({ session_id, messages: said('four') });
    });
    expect(found).toEqual([]);
    expect(await indexed(db)).toEqual([
      row('one', '', 'four'),
      row('two', '', '', 1),
      row('three', '', '', 1),
      row('four', 'one'),
    ]);
  });

  it('leave no word behind when they are purged, hidden before or not', async () => {
    const db = databasePath();
    const found = await during(db, async ({ sessions, maintain }) => {
      const { session_id } = await sessions.append({ messages: said('apple', 'quince', 'walnut') });
      await sessions.rewind({ session_id, message_id: 'walnut' });
      await sessions.append({ session_id, messages: said('medlar') });
      await sessions.rewind({ session_id, message_id: 'quince' });
      const hidden = await sessions.append({ session_id, messages: said('sorrel') });
      await sessions.rewind({ session_id, message_id: hidden.message_ids[0], purge: true });
      const { session_id: whole } = await sessions.append({ messages: said('fennel', 'lovage') });
      await sessions.rewind({ session_id: whole, all: true, purge: true });
      await maintain();
    });
    expect(found).toEqual([]);
    expect((await indexed(db)).map(({ own }) => own)).toEqual(['apple', 'quince', 'walnut', 'medlar']);
    const words = ['apple', 'quince', 'sorrel', 'fennel', 'lovage'];
    expect(await wordsIn(db, words)).toEqual(['apple', 'quince']);
  });
});

describe('passages that an earlier version left out', () => {
  it('are reported by doctor and made by maintain, whatever was written since', async () => {
    const db = databasePath();
    await during(db, fillWithEverything);
    await change(db, 'delete from passage_text; delete from passage');
    await using engine = openFixed(db);
    const { session_id } = await engine.sessions.append({ messages: said('later') });
    await engine.sessions.append({ session_id, messages: said('last') });
    const { findings } = await engine.verify({ deep: true });
    expect(findings.length).toBeGreaterThan(10);
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(['passage']));
    expect(findings[0]?.advice).toContain('mintmark maintain');
    expect((await engine.maintain()).indexed).toBe(findings.length - partsBeyondFirst(findings));
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
    expect((await engine.maintain()).indexed).toBe(0);
  });

  it('are made after the first look, by several windows at once, and status tells until they are', async () => {
    const db = databasePath();
    await during(db, async engine => {
      await fillWithEverything(engine);
      await engine.sessions.append({
        messages: Array.from({ length: 250 }, (_, at) => said(`m${at}`)).flat(),
      });
    });
    await beforePassages(db);
    await using one = openFixed(db);
    await using two = openFixed(db);
    const lacking = expect.stringContaining('does not find everything yet');
    expect((await one.status()).warnings).toContainEqual(lacking);
    await two.status();
    await Promise.all([one.settled(), two.settled()]);
    expect((await one.status()).warnings).not.toContainEqual(lacking);
    expect((await two.verify({ deep: true })).findings).toEqual([]);
    expect((await one.maintain()).indexed).toBe(0);
  });

  it('go on where a window was closed', async () => {
    const db = databasePath();
    await during(db, async ({ sessions }) => {
      for (const at of [1, 2, 3])
        await sessions.append({
          messages: Array.from({ length: 120 }, (_, n) => said(`m${at}.${n}`)).flat(),
        });
    });
    await beforePassages(db);
    const first = openFixed(db);
    await first.status();
    const settled = first.settled();
    await first.close();
    await settled;
    await using next = openFixed(db);
    expect((await next.status()).warnings).toHaveLength(1);
    await next.settled();
    expect((await next.status()).warnings).toEqual([]);
    expect((await next.verify({ deep: true })).findings).toEqual([]);
  });

  it('are joined to what came after them', async () => {
    const db = databasePath();
    let session_id = '';
    await during(db, async ({ sessions }) => {
      ({ session_id } = await sessions.append({ messages: said('one', 'two', 'three') }));
    });
    await change(db, 'delete from passage_text; delete from passage');
    const found = await during(db, async ({ sessions, maintain }) => {
      await sessions.append({ session_id, messages: said('four') });
      await maintain();
    });
    expect(found).toEqual([]);
    expect((await indexed(db))[2]).toEqual(row('three', 'two', 'four'));
    expect((await indexed(db))[3]).toEqual(row('four', 'three'));
  });
});

/** A noun of several parts is reported once for each. */
const partsBeyondFirst = (findings: readonly { readonly found: string }[]): number =>
  findings.length - new Set(findings.map(({ found }) => found)).size;

describe('numbered passages', () => {
  it('come in pages with their text and what was said before', async () => {
    const db = databasePath();
    await during(db, async ({ sessions, blobs }) => {
      await sessions.append({ messages: said('One.', 'Two.') });
      await blobs.put({ content: 'a\nb', name: 'a.txt' });
    });
    const store = storeFor(db);
    const page = (after: number, limit: number) =>
      store.read('default', reader => numberedPassages(reader, { after, limit }));
    const [first, ...rest] = await page(0, 10);
    expect([first, ...rest].map(found => [found?.kind, found?.text, found?.previous])).toEqual([
      ['message', 'One.', ''],
      ['message', 'Two.', 'One.'],
      ['blob', expect.stringContaining('a.txt'), ''],
      ['blob', 'a\nb', ''],
    ]);
    expect(await page(first?.number ?? 0, 10)).toEqual(rest);
    await store.close();
  });

  it('are never given twice, not even after a purge of the highest', async () => {
    const db = databasePath();
    await during(db, async ({ sessions }) => {
      const { session_id } = await sessions.append({ messages: said('one') });
      await sessions.rewind({ session_id, all: true, purge: true });
      await sessions.append({ messages: said('two') });
    });
    expect(await rowsOf(db, 'select number from passage')).toEqual([{ number: 2 }]);
  });
});

/** Makes a file of what schema 7 left, brought to the step before the one that looks for what is missing; on PostgreSQL what that step leaves. */
function beforePassages(db: string): Promise<void> {
  const gone = 'delete from passage_text; delete from passage;';
  if (POSTGRES) return change(db, `${gone} insert into unindexed values ('default')`);
  return change(
    db,
    `${gone} drop table unindexed;
     drop table copy_mark; drop trigger vector_is_gone; drop table vector_feed; drop table vector_gone;
     delete from migration where version > 12; pragma user_version = 12`,
  );
}

import { copyFileSync, mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { type Server, serverIn, workedRun } from '../support/packs.js';

type Folder = ReturnType<typeof temporaryFolder>;

/** Exports a run with all there is to it and imports it on another machine. */
async function moved(from: Server, run_id: string, { to, folder }: { to: Server; folder: Folder }) {
  const { path } = await from.call('pack_export', { run_id, include: ['memories', 'evidence'] });
  mkdirSync(folder.file('packs/default'), { recursive: true });
  copyFileSync(path, folder.file(`packs/default/${basename(path)}`));
  return to.call('pack_import', { path: basename(path) });
}

/** Which of these words still stand in any body. */
function found(db: string, words: readonly string[]): string[] {
  const file = new BetterSqlite3(db, { readonly: true });
  const count = file
    .prepare<[string], number>('select count(*) from body where instr(content, ?) > 0')
    .pluck();
  const left = words.filter(word => Number(count.get(word)) > 0);
  file.close();
  return left;
}

const OF_RUN = ['half way', 'Ship the release.', 'reader written', 'Tried SQLite'];

describe('purging what a pack brought', () => {
  it('erases a run with the history it goes on from, through two machines', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    using last = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    await using second = await serverIn(there.file('b.db'), 'b');
    await using third = await serverIn(last.file('c.db'), 'c');
    const one = await moved(first, await workedRun(first), { to: second, folder: there });
    const two = await moved(second, one.run_id, { to: third, folder: last });
    expect(found(last.file('c.db'), OF_RUN)).toEqual(OF_RUN);
    await third.call('memory_forget', { ids: [two.run_id], purge: true });
    expect(found(last.file('c.db'), OF_RUN)).toEqual([]);
    expect(found(last.file('c.db'), ['Use zip.'])).toEqual(['Use zip.']);
    expect((await third.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('erases a medallion with the versions and evidence it came with', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    await using second = await serverIn(there.file('b.db'), 'b');
    const reply = await moved(first, await workedRun(first), { to: second, folder: there });
    const words = ['Use zip.', 'the writer is open'];
    expect(found(there.file('b.db'), words)).toEqual(words);
    await second.call('memory_forget', { ids: reply.medallion_ids, purge: true });
    expect(found(there.file('b.db'), words)).toEqual([]);
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
    const again = await second.call('pack_export', { run_id: reply.run_id });
    expect(again.contents.runs).toBe(1);
  });

  it('erases a memory with the line it was imported from', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    await using second = await serverIn(there.file('b.db'), 'b');
    await moved(first, await workedRun(first), { to: second, folder: there });
    const { hits } = await second.call('search', { query: 'Fridays', statuses: ['proposed'] });
    await second.call('memory_forget', { ids: [hits[0].uri.replace('memory://', '')], purge: true });
    expect(found(there.file('b.db'), ['Fridays'])).toEqual([]);
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

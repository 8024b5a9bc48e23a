import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { carry, type Server, serverIn, workedRun } from '../support/packs.js';
import { wordsInBodies } from '../support/stored.js';

/** Exports a run with all there is to it and imports it on another machine. */
async function moved(from: Server, run_id: string, { to, db }: { to: Server; db: string }) {
  const { path } = await from.call('pack_export', { run_id, include: ['memories', 'evidence'] });
  return to.call('pack_import', { path: carry(path, db) });
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
    const one = await moved(first, await workedRun(first), { to: second, db: there.file('b.db') });
    const two = await moved(second, one.run_id, { to: third, db: last.file('c.db') });
    expect(await wordsInBodies(last.file('c.db'), OF_RUN)).toEqual(OF_RUN);
    await third.call('memory_forget', { ids: [two.run_id], purge: true });
    expect(await wordsInBodies(last.file('c.db'), OF_RUN)).toEqual([]);
    expect(await wordsInBodies(last.file('c.db'), ['Use zip.'])).toEqual(['Use zip.']);
    expect((await third.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('erases a medallion with the versions and evidence it came with', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    await using second = await serverIn(there.file('b.db'), 'b');
    const reply = await moved(first, await workedRun(first), { to: second, db: there.file('b.db') });
    const words = ['Use zip.', 'the writer is open'];
    expect(await wordsInBodies(there.file('b.db'), words)).toEqual(words);
    await second.call('memory_forget', { ids: reply.medallion_ids, purge: true });
    expect(await wordsInBodies(there.file('b.db'), words)).toEqual([]);
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
    const again = await second.call('pack_export', { run_id: reply.run_id });
    expect(again.contents.runs).toBe(1);
  });

  it('erases a memory with the line it was imported from', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    await using second = await serverIn(there.file('b.db'), 'b');
    await moved(first, await workedRun(first), { to: second, db: there.file('b.db') });
    const { hits } = await second.call('search', { query: 'Fridays', statuses: ['proposed'] });
    await second.call('memory_forget', { ids: [hits[0].uri.replace('memory://', '')], purge: true });
    expect(await wordsInBodies(there.file('b.db'), ['Fridays'])).toEqual([]);
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

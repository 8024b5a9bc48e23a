import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { carry, type Server } from '../support/packs.js';
import { wordsInBodies } from '../support/stored.js';
import { append, blobIn, healthy, listing, start, talked, textOf, words } from '../support/talks.js';

describe('a pack with sessions', () => {
  it('goes through a third database', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    using last = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    await using third = await start(last.file('c.db'), 'c');
    const original = await textOf(first, await talked(first));
    const ask = { graph_nodes: ['repo:acme/app'], include: ['sessions'] };
    await second.call('pack_import', {
      path: carry((await first.call('pack_export', ask)).path, there.file('b.db')),
    });
    const { path } = await second.call('pack_export', ask);
    const { session_ids } = await third.call('pack_import', { path: carry(path, last.file('c.db')) });
    const text = await textOf(third, session_ids[0]);
    expect(words(text)).toBe(words(original));
    expect((await third.call('fetch', { uri: `blob://${blobIn(text)}`, lines: '7' })).text).toContain(
      'line 7:',
    );
    await healthy(third);
  });

  it('shares blobs with what is there, and leaves out what was purged', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    const session_id = await talked(first);
    await first.call('blob_put', { content: listing(300), name: 'kept.txt' });
    const { message_ids } = await append(first, session_id, [{ role: 'user', content: listing(300) }]);
    await first.call('session_rewind', { session_id, message_id: message_ids[0], purge: true });
    const { blob_id } = await second.call('blob_put', { content: listing(400) });
    const ask = { graph_nodes: ['repo:acme/app'], include: ['sessions'] };
    const { path, contents } = await first.call('pack_export', ask);
    expect(contents).toMatchObject({ messages: 30, blobs: 2, omitted: 1 });
    const { session_ids } = await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    expect(blobIn(await textOf(second, session_ids[0]))).toBe(blob_id);
    expect((await second.call('status')).counts.blobs).toBe(2);
    await healthy(second);
  });

  it('imported twice changes nothing', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    await talked(first);
    const ask = { graph_nodes: ['repo:acme/app'], include: ['sessions'] };
    const path = carry((await first.call('pack_export', ask)).path, there.file('b.db'));
    await second.call('pack_import', { path });
    const { counts } = await second.call('status');
    expect(await second.call('pack_import', { path })).toMatchObject({ already_imported: true });
    expect((await second.call('status')).counts).toEqual(counts);
  });
});

describe('purging an imported session', () => {
  const SAID = ['Find the', 'pomegranates', '11 and on', 'output of grep'];

  async function imported(first: Server, second: Server, db: string): Promise<string> {
    await talked(first);
    const { path } = await first.call('pack_export', {
      graph_nodes: ['repo:acme/app'],
      include: ['sessions'],
    });
    return (await second.call('pack_import', { path: carry(path, db) })).session_ids[0];
  }

  it.each(['memory_forget', 'session_rewind'])(
    'with %s erases what came along, hidden or not',
    async tool => {
      using here = temporaryFolder();
      using there = temporaryFolder();
      await using first = await start(here.file('a.db'), 'a');
      await using second = await start(there.file('b.db'), 'b');
      const session_id = await imported(first, second, there.file('b.db'));
      expect(await wordsInBodies(there.file('b.db'), SAID)).toEqual(SAID);
      const ask = tool === 'memory_forget' ? { ids: [session_id] } : { session_id, all: true };
      await second.call(tool, { ...ask, purge: true });
      expect(await wordsInBodies(there.file('b.db'), SAID)).toEqual([]);
      expect((await second.call('status')).counts.blobs ?? 0).toBe(0);
      await healthy(second);
    },
  );

  it('of one message erases its copy and every summary above it', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    const session_id = await imported(first, second, there.file('b.db'));
    await second.call('session_rewind', { session_id, message_id: 'm1', purge: true });
    expect(await wordsInBodies(there.file('b.db'), ['Find the', 'and on'])).toEqual([]);
    await healthy(second);
    const again = await second.call('pack_export', { graph_nodes: ['repo:acme/app'], include: ['sessions'] });
    expect(again.contents.sessions).toBe(1);
  });
});

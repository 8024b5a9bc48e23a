import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { carry, filesOf, type Server } from '../support/packs.js';
import { openRun } from '../support/runs.js';
import { validator } from '../support/schemas.js';
import { append, blobIn, healthy, start, talked, textOf, words } from '../support/talks.js';

describe('a pack with sessions', () => {
  it('lets a conversation go on elsewhere, word for word', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    const session_id = await talked(first);
    const exported = await first.call('pack_export', {
      graph_nodes: ['repo:acme/app'],
      include: ['sessions'],
    });
    expect(exported.contents).toMatchObject({ sessions: 1, messages: 29, blobs: 1, omitted: 0 });
    const reply = await second.call('pack_import', { path: carry(exported.path, there.file('b.db')) });
    expect(reply.imported).toMatchObject({ sessions: 1, messages: 28, blobs: 1 });
    const [local] = reply.session_ids;
    expect(words(await textOf(second, local))).toBe(words(await textOf(first, session_id)));
    expect(await textOf(second, local)).toContain('{"z":1,"a":{"c":[],"b":null}}');
    await healthy(second);

    const build = (server: Server, id: string) => server.call('context_build', { session_id: id });
    const [before, after] = [await build(first, session_id), await build(second, local)];
    expect(words(JSON.stringify(after.messages))).toBe(words(JSON.stringify(before.messages)));
    const known = { id: 'm1', role: 'user', content: 'Find the ä in 東京 👩‍👩‍👧.' };
    expect(await append(second, local, [known])).toMatchObject({ skipped: 1 });
    expect((await append(second, local, [{ role: 'user', content: 'On.' }])).message_ids).toHaveLength(1);
    expect((await second.call('fetch', { uri: `session://${local}` })).text).toContain('untrusted import');
    await healthy(second);
  });

  it('brings blobs, and every id in what it brings leads somewhere', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    const session_id = await talked(first);
    const { path } = await first.call('pack_export', {
      tags: [],
      graph_nodes: ['repo:acme/app'],
      include: ['sessions'],
    });
    const { session_ids } = await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    const [foreign, local] = [
      blobIn(await textOf(first, session_id)),
      blobIn(await textOf(second, session_ids[0])),
    ];
    expect(local).not.toBe(foreign);
    for (const uri of [`blob://${local}`, `blob://${foreign}`]) {
      const found = await second.call('fetch', { uri, lines: '400' });
      expect(found.text).toContain('line 400: the quick brown fox');
      expect(found.meta.id).toBe(local);
    }
    const { messages } = await second.call('context_build', { session_id: session_ids[0] });
    const summary = /summary:\/\/sum_\w+/.exec(JSON.stringify(messages))?.[0];
    expect((await second.call('fetch', { uri: summary, max_tokens: 25_000 })).text).toContain('7 and on');
    expect((await second.call('fetch', { uri: `session://${session_id}` })).meta.id).toBe(session_ids[0]);
  });

  it('of a run holds the conversation that its thread_id names', async () => {
    using here = temporaryFolder();
    await using server = await start(here.file('a.db'), 'a');
    await talked(server, 'thread');
    await talked(server, 'another');
    const run_id = await openRun(server, { thread_id: 'thread' });
    const { contents, path } = await server.call('pack_export', { run_id, include: ['sessions'] });
    expect(contents).toMatchObject({ sessions: 1, blobs: 1 });
    expect(JSON.parse(filesOf(path).get('manifest.json') ?? '').include).toEqual(['sessions']);
    expect((await server.call('pack_export', { run_id })).contents).toMatchObject({ sessions: 0, blobs: 0 });
    const other = await openRun(server, {});
    expect(
      (await server.call('pack_export', { run_id: other, include: ['sessions'] })).contents.sessions,
    ).toBe(0);
  });

  it('of a run that was imported holds the conversation that came with it', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    await talked(first, 'thread');
    const run_id = await openRun(first, { thread_id: 'thread' });
    const { path } = await first.call('pack_export', { run_id, include: ['sessions'] });
    const bring = () => second.call('pack_import', { path: carry(path, there.file('b.db')) });
    const brought = await bring();
    const on = await second.call('pack_export', { run_id: brought.run_id, include: ['sessions'] });
    expect(on.contents).toMatchObject({ sessions: 1, messages: 28, blobs: 1 });
    expect(await bring()).toMatchObject({ already_imported: true, session_ids: brought.session_ids });
    await second.call('memory_forget', { ids: [brought.run_id, ...brought.session_ids], purge: true });
    const { note, ...left } = await bring();
    expect(note).toMatch(/what was purged since does not come back\.$/);
    expect(Object.keys(left)).toEqual(['import_id', 'kind', 'already_imported', 'scope']);
  });

  it('holds a session that is named, whatever its scope, and no other', async () => {
    using here = temporaryFolder();
    await using server = await start(here.file('a.db'), 'a');
    const session_id = await talked(server, 'one');
    await talked(server, 'two');
    const named = await server.call('pack_export', { graph_nodes: ['repo:other'], include: [session_id] });
    expect(named.contents).toMatchObject({ sessions: 1, blobs: 1 });
    const wrong = (include: string) =>
      server.call('pack_export', { graph_nodes: ['repo:other'], include: [include] });
    await expect(wrong('ses_1')).rejects.toThrow(/invalid.*include holds "ses_1"/);
    await expect(wrong(`ses_${'0'.repeat(32)}`)).rejects.toThrow('not_found');
    await server.call('session_rewind', { session_id, all: true });
    await expect(wrong(session_id)).rejects.toThrow(/not_found.*was deleted/);
  });

  it('is the same bytes for the same content, and every line follows its schema', async () => {
    using here = temporaryFolder();
    await using server = await start(here.file('a.db'), 'a');
    await talked(server);
    await server.engine.settled();
    const ask = () => server.call('pack_export', { graph_nodes: ['repo:acme/app'], include: ['sessions'] });
    const { path, sha256 } = await ask();
    expect((await ask()).sha256).toBe(sha256);
    const files = filesOf(path);
    const ofMessage = validator('message');
    const { files: listed } = JSON.parse(files.get('manifest.json') ?? '');
    for (const { name, schema } of listed) {
      if (schema === null) continue;
      const validate = validator(schema);
      for (const line of (files.get(name) ?? '').trimEnd().split('\n'))
        expect(validate(JSON.parse(line))).toBeUndefined();
      if (schema === 'message-line')
        for (const line of (files.get(name) ?? '').trimEnd().split('\n'))
          expect(ofMessage(JSON.parse(JSON.parse(line).content))).toBeUndefined();
    }
    expect(new Set(listed.map(({ schema }: { schema: string }) => schema))).toEqual(
      new Set(['ledger-line', 'message-line', 'summary-line', 'blob-line', null]),
    );
  });

  it('that is redacted holds hashes only, and is kept without a session to go on with', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await start(here.file('a.db'), 'a');
    await using second = await start(there.file('b.db'), 'b');
    await talked(first);
    const ask = { graph_nodes: ['repo:acme/app'], include: ['sessions'], redact: true };
    const { path, contents } = await first.call('pack_export', ask);
    expect(contents).toMatchObject({ sessions: 1, messages: 29, blobs: 0 });
    expect([...filesOf(path).values()].join()).not.toMatch(/pomegranates|and on|quick brown/);
    const reply = await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    expect(reply).not.toHaveProperty('session_ids');
    expect(reply.imported).toMatchObject({ sessions: 0, messages: 0, blobs: 0 });
    await healthy(second);
  });
});

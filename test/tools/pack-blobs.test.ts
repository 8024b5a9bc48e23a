import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { temporaryFolder } from '../support/mintmark.js';
import { type Server, serverIn, sourcesOf, workedRun } from '../support/packs.js';

/** A database in memory has no folder for packs. */
const inMemory = (): Promise<Server> => connect({ sources: sourcesOf('a') });

const healthy = async ({ engine }: Server) =>
  expect((await engine.verify({ deep: true })).findings).toEqual([]);

describe('a pack without a file', () => {
  it('is kept as a blob, from which it is imported', async () => {
    await using server = await inMemory();
    const run_id = await workedRun(server);
    const exported = await server.call('pack_export', { run_id });
    expect(exported).not.toHaveProperty('path');
    const { bytes, meta } = await server.engine.blobs.read(exported.uri);
    expect([bytes.length, meta.sha256]).toEqual([exported.bytes, exported.sha256]);
    const reply = await server.call('pack_import', { uri: exported.uri });
    expect(reply.imported).toMatchObject({ runs: 1, episodes: 1, kept: 1 });
    const { working_set } = await server.call('run_open', { run_id: reply.run_id });
    expect(working_set).toMatchObject({ objective: 'Ship the release.', last_action_summary: 'sealed' });
    await healthy(server);
  });

  it('is the same blob for the same content, and lies in no later pack', async () => {
    await using server = await inMemory();
    await workedRun(server);
    const ask = { graph_nodes: ['repo:acme/app'], include: ['sessions'] };
    const first = await server.call('pack_export', ask);
    const again = await server.call('pack_export', ask);
    expect(again).toEqual(first);
    expect(again.contents.blobs).toBe(0);
  });

  it('is kept where the caller may not name files, whatever the database', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a');
    const run_id = await workedRun(server);
    const remote = server.engine.call({ paths: 'refused' });
    const exported = await server.engine.packs.export({ run_id }, remote);
    expect(exported.path).toBeUndefined();
    const imported = await server.engine.packs.import({ uri: exported.uri }, remote);
    expect(imported.imported).toMatchObject({ runs: 1 });
    await expect(server.engine.packs.import({ path: 'x.zip' }, remote)).rejects.toThrow(/not accepted/);
    await expect(server.engine.packs.export({ run_id, path: 'x.zip' }, remote)).rejects.toThrow(
      /not accepted/,
    );
  });

  it('gives a repeated key its reply and keeps no second blob', async () => {
    await using server = await inMemory();
    const run_id = await workedRun(server);
    const ask = { run_id, idempotency_key: 'k' };
    const first = await server.call('pack_export', ask);
    await server.call('run_record', { run_id, events: [{ type: 'NOTE', payload: { text: 'on' } }] });
    expect(await server.call('pack_export', ask)).toEqual({ ...first, replayed: true });
    expect((await server.call('status')).counts.blobs).toBe(1);
  });

  it('is gone when its blob is purged', async () => {
    await using server = await inMemory();
    const { uri } = await server.call('pack_export', { run_id: await workedRun(server) });
    await server.call('memory_forget', { ids: [uri], purge: true });
    await expect(server.call('pack_import', { uri })).rejects.toThrow('not_found');
    await healthy(server);
  });
});

describe('pack_import', () => {
  it.each([
    ['neither path nor uri', {}, /invalid: Neither/],
    ['both', { path: 'a.zip', uri: 'blob://blob_1' }, /invalid: Both/],
    ['a blob that is not there', { uri: `blob://blob_${'0'.repeat(32)}` }, /not_found/],
    ['another uri', { uri: 'https://example.org/pack.zip' }, /not_found/],
  ])('refuses %s', async (_, input, says) => {
    await using server = await inMemory();
    await expect(server.call('pack_import', input)).rejects.toThrow(says);
  });

  it('refuses a blob that is no pack, and one that is too large', async () => {
    await using server = await inMemory();
    const { uri } = await server.call('blob_put', { content: 'No pack.' });
    await expect(server.call('pack_import', { uri })).rejects.toThrow(/invalid: Nothing was imported/);
    await using narrow = await connect({ options: { packMaxBytes: 1000 } });
    const large = await narrow.call('blob_put', { content: 'x'.repeat(1001) });
    await expect(narrow.call('pack_import', { uri: large.uri })).rejects.toThrow(/too_large.*1001 bytes/);
  });
});

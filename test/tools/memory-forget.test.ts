import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember, supersede } from '../support/remember.js';

describe('memory_forget', () => {
  it('deprecates by id at once, and restores', async () => {
    await using server = await connect();
    const id = await remember(server, 'Kamal deploys.');
    expect(await server.call('memory_forget', { ids: [id] })).toMatchObject({
      count: 1,
      ids: [id],
      purged: false,
    });
    expect((await server.call('search', { query: 'kamal' })).hits).toEqual([]);
    expect((await server.call('search', { query: 'kamal', statuses: ['deprecated'] })).hits).toHaveLength(1);
    expect(await server.call('memory_forget', { ids: [id], restore: true })).toMatchObject({ count: 1 });
    expect((await server.call('search', { query: 'kamal' })).hits).toHaveLength(1);
  });

  it('finds nothing left to do when repeated', async () => {
    await using server = await connect();
    const id = await remember(server, 'Kamal deploys.');
    await server.call('memory_forget', { ids: [id, id] });
    expect(await server.call('memory_forget', { ids: [id] })).toMatchObject({ count: 0, ids: [] });
  });

  it('changes nothing when one of the ids is unknown or no memory', async () => {
    await using server = await connect();
    const id = await remember(server, 'Kamal deploys.');
    await expect(server.call('memory_forget', { ids: [id, 'mem_nowhere'] })).rejects.toThrow(
      /^not_found: .*mem_nowhere/,
    );
    await expect(server.call('memory_forget', { ids: [id, 'bat_1'] })).rejects.toThrow(/^invalid: .*bat_1/);
    expect((await server.call('search', { query: 'kamal' })).hits).toHaveLength(1);
  });

  it('does not bring a superseded memory back', async () => {
    await using server = await connect();
    const old = await remember(server, 'The port is 80.');
    await supersede(server, [old], 'The port is 443.');
    const restored = server.call('memory_forget', { ids: [old], restore: true });
    await expect(restored).rejects.toThrow(/^conflict: .*superseded/);
  });

  it.each([
    ['nothing', {}, /Nothing says/],
    ['no tags, which would mean all of the home', { tags: [] }, /Nothing says/],
    ['ids and a scope', { ids: ['mem_1'], tags: ['a'] }, /Both ids and a scope/],
    ['purge and restore', { ids: ['mem_1'], purge: true, restore: true }, /exclude each other/],
    ['a blank node, which would mean global', { graph_nodes: [' '] }, /blank/],
  ])('refuses %s', async (_, args, problem) => {
    await using server = await connect();
    await expect(server.call('memory_forget', args)).rejects.toThrow(problem);
  });

  describe('by scope', () => {
    it('only counts until dry_run is false and the count is right', async () => {
      await using server = await connect();
      const ids = [
        await remember(server, 'One apple.', { tags: ['tmp'] }),
        await remember(server, 'Two pears.', { tags: ['tmp'] }),
      ];
      await remember(server, 'Three plums.');
      const dry = await server.call('memory_forget', { tags: ['tmp'] });
      expect(dry).toMatchObject({
        count: 2,
        dry_run: true,
        purged: false,
        note: expect.stringContaining('expected_count 2'),
      });
      expect(dry.ids.sort()).toEqual(ids.sort());
      const call = { tags: ['tmp'], dry_run: false };
      await expect(server.call('memory_forget', call)).rejects.toThrow(
        /^conflict: expected_count is missing/,
      );
      await expect(server.call('memory_forget', { ...call, expected_count: 3 })).rejects.toThrow(
        /^conflict: .*2 memories/,
      );
      expect((await server.call('status')).counts.active_memories).toBe(3);
      expect(await server.call('memory_forget', { ...call, expected_count: 2 })).toMatchObject({ count: 2 });
      expect((await server.call('status')).counts).toMatchObject({
        active_memories: 1,
        deprecated_memories: 2,
      });
    });

    it('reaches nothing of another project by tag', async () => {
      await using server = await connect();
      await remember(server, 'Theirs.', { tags: ['tmp'], graph_nodes: ['repo:other/app'] });
      expect(await server.call('memory_forget', { tags: ['tmp'] })).toMatchObject({ count: 0 });
    });

    it('restores and purges what it deprecated', async () => {
      await using server = await connect();
      await remember(server, 'One apple.', { graph_nodes: ['x:1'] });
      const all = { graph_nodes: ['x:1'], dry_run: false, expected_count: 1 };
      await server.call('memory_forget', all);
      expect(await server.call('memory_forget', { ...all, restore: true })).toMatchObject({ count: 1 });
      expect(await server.call('memory_forget', { ...all, purge: true })).toMatchObject({
        count: 1,
        purged: true,
      });
      expect((await server.call('search', { query: '', all: true })).hits).toEqual([]);
    });
  });

  describe('purging', () => {
    it('leaves nothing to fetch or search and a healthy store', async () => {
      await using server = await connect({ db: databasePath() });
      const id = await remember(server, 'The zebra password hint.', {
        graph_nodes: ['zoo:zebra'],
        tags: ['stripes'],
      });
      const kept = await remember(server, 'Lions roar.');
      const reply = await server.call('memory_forget', { ids: [id], purge: true });
      expect(reply).toMatchObject({
        count: 1,
        purged: true,
        wal_pending: false,
        note: expect.stringContaining('backups'),
      });
      await expect(server.call('fetch', { uri: id })).rejects.toThrow(/^not_found: .*purged/);
      expect((await server.call('search', { query: 'zebra', all: true })).hits).toEqual([]);
      expect((await server.call('fetch', { uri: kept })).text).toBe('Lions roar.');
      expect(await server.engine.verify({ deep: true })).toMatchObject({ healthy: true, findings: [] });
    });

    it('erases stored replies, so that a repeated key cannot bring the text back', async () => {
      await using server = await connect();
      const call = { changes: [{ content: 'Secret zebra.' }], commit: true, idempotency_key: 'k' };
      const first = await server.call('memory_propose', call);
      await server.call('memory_forget', { ids: first.committed_ids, purge: true });
      expect(await server.call('memory_propose', call)).not.toHaveProperty('replayed');
    });

    it('reaches proposed, superseded and rejected memories', async () => {
      await using server = await connect();
      const old = await remember(server, 'The port is 80.');
      const current = await supersede(server, [old], 'The port is 443.');
      const waiting = await server.call('memory_propose', { changes: [{ content: 'Zebra.' }] });
      const refused = await server.call('memory_propose', { changes: [{ content: 'Okapi.' }] });
      await server.call('memory_commit', {
        batch_id: refused.batch_id,
        decision: 'reject',
        reason: 'No okapi.',
      });
      const ids = [old, waiting.changes[0].memory_id, refused.changes[0].memory_id];
      expect(await server.call('memory_forget', { ids, purge: true })).toMatchObject({ count: 3 });
      expect((await server.call('fetch', { uri: current })).text).toBe('The port is 443.');
      expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    });

    it('names it nowhere as what replaced another, which stays replaced', async () => {
      await using server = await connect();
      const old = await remember(server, 'The port is 80.');
      const newer = await supersede(server, [old], 'The port is 443.');
      await server.call('memory_forget', { ids: [newer], purge: true });
      const { meta } = await server.call('fetch', { uri: `memory://${old}` });
      expect(meta.status).toBe('superseded');
      expect(JSON.stringify(meta)).not.toContain(newer);
      const { hits } = await server.call('search', { query: 'port', statuses: ['superseded'] });
      expect(hits).toMatchObject([{ uri: `memory://${old}`, status: 'superseded' }]);
      expect(JSON.stringify(hits)).not.toContain(newer);
      await expect(supersede(server, [old], 'The port is 8443.')).rejects.toThrow(
        `${old} is superseded, not`,
      );
      expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    });

    it('leaves a batch that can still be decided, without what was purged', async () => {
      await using server = await connect();
      const changes = [{ content: 'Zebra.' }, { content: 'Okapi.' }];
      const { batch_id, changes: staged } = await server.call('memory_propose', { changes });
      await server.call('memory_forget', { ids: [staged[0].memory_id], purge: true });
      const decided = await server.call('memory_commit', { batch_id });
      expect(decided.committed_ids).toEqual([staged[1].memory_id]);
      expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    });

    it('is replayed, not repeated, under an idempotency key', async () => {
      await using server = await connect();
      const call = { ids: [await remember(server, 'Zebra.')], purge: true, idempotency_key: 'k' };
      await server.call('memory_forget', call);
      expect(await server.call('memory_forget', call)).toMatchObject({
        count: 1,
        purged: true,
        replayed: true,
      });
    });
  });
});

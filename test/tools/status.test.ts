import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';
import { openRun } from '../support/runs.js';

describe('status', () => {
  it('answers over an empty store', async () => {
    await using server = await connect();
    const status = await server.call('status');
    expect(status).toMatchObject({
      namespace: 'default',
      counts: { events: 0 },
      backlog: { pending_batches: 0 },
      warnings: [],
      scope: 'repo:acme/app + global',
    });
  });

  it('counts memories by status and says what waits', async () => {
    await using server = await connect({ db: databasePath() });
    const id = await remember(server, 'Apple.');
    await remember(server, 'Pear.');
    await server.call('memory_forget', { ids: [id] });
    await server.call('memory_propose', { changes: [{ content: 'Plum.' }] });
    const { counts, backlog, warnings, store } = await server.call('status');
    expect(counts).toMatchObject({ active_memories: 1, deprecated_memories: 1, proposed_memories: 1 });
    expect(backlog.pending_batches).toBe(1);
    expect(warnings).toEqual([expect.stringContaining('mintmark review')]);
    expect(store.size_bytes).toBeGreaterThan(0);
  });

  it('counts medallions, open and ended runs and sessions of the home scope', async () => {
    await using server = await connect();
    const run = await openRun(server);
    await openRun(server, { graph_nodes: ['repo:other'] });
    await server.call('checkpoint', { session_summary: 'Begun.' });
    await server.call('session_append', { messages: [{ role: 'user', content: 'Hello.' }] });
    expect((await server.call('status')).counts).toMatchObject({ medallions: 1, open_runs: 1, sessions: 1 });
    await server.call('working_set_patch', { run_id: run, expected_seq: 0, set: { status: 'DONE' } });
    const { counts } = await server.call('status');
    expect(counts).toMatchObject({ ended_runs: 1 });
    expect(counts.open_runs).toBeUndefined();
  });

  it('is what an unknown tool is not', async () => {
    await using server = await connect();
    await expect(server.call('state')).rejects.toThrow(/no tool "state".*status/);
  });
});

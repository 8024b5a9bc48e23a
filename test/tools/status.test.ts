import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';

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

  it('is what an unknown tool is not', async () => {
    await using server = await connect();
    await expect(server.call('state')).rejects.toThrow(/no tool "state".*status/);
  });
});

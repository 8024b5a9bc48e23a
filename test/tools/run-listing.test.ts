import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { openRun } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const shown = async (server: Server, scope: object = {}): Promise<string[]> =>
  (await server.call('load_by_scope', { max_tokens: 20_000, ...scope })).runs.map((uri: string) =>
    uri.replace('run://', ''),
  );
const patch = (server: Server, run_id: string, status: string) =>
  server.call('working_set_patch', { run_id, expected_seq: 0, set: { status } });

describe('the open runs of a scope', () => {
  it('come with the latest activity first', async () => {
    await using server = await connect();
    const [first, second, third] = [await openRun(server), await openRun(server), await openRun(server)];
    await server.call('run_record', { run_id: first, events: [{ type: 'NOTE', payload: {} }] });
    expect(await shown(server)).toEqual([first, third, second]);
    await patch(server, second, 'WAITING_INPUT');
    expect(await shown(server)).toEqual([second, first, third]);
  });

  it('are those that are neither done nor failed', async () => {
    await using server = await connect();
    const [done, failed, paused] = [await openRun(server), await openRun(server), await openRun(server)];
    for (const [id, status] of [
      [done, 'DONE'],
      [failed, 'FAILED'],
      [paused, 'PAUSED'],
    ] as const)
      await patch(server, id, status);
    expect(await shown(server)).toEqual([paused]);
  });

  it('do not move by a refused patch', async () => {
    await using server = await connect();
    const [first, second] = [await openRun(server), await openRun(server)];
    await expect(
      server.call('working_set_patch', { run_id: first, expected_seq: 7, set: {} }),
    ).rejects.toThrow(/^conflict/);
    expect(await shown(server)).toEqual([second, first]);
  });

  it('are those of the home and global, of all the nodes named, or with one of the tags', async () => {
    await using server = await connect();
    const home = await openRun(server, { tags: ['a'] });
    const global = await openRun(server, { graph_nodes: [] });
    const both = await openRun(server, { graph_nodes: ['project:x', 'repo:acme/app'] });
    const other = await openRun(server, { graph_nodes: ['project:x'] });
    expect(await shown(server)).toEqual([both, global, home]);
    expect(await shown(server, { graph_nodes: ['project:x'] })).toEqual([other, both]);
    expect(await shown(server, { graph_nodes: ['project:x', 'repo:acme/app'] })).toEqual([both]);
    expect(await shown(server, { tags: ['a', 'b'] })).toEqual([home]);
    expect(await shown(server, { all: true })).toEqual([other, both, global, home]);
  });
});

import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';
import { openRun } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const time = (server: Server): string => new Date(server.sources.now()).toISOString();

/** A port that is proposed, committed and replaced, with a time between each two. */
async function history(server: Server) {
  const change = { content: 'Port port port 80.', importance: 1 };
  const { batch_id, changes } = await server.call('memory_propose', { changes: [change] });
  const proposed = time(server);
  await server.call('memory_commit', { batch_id });
  const committed = time(server);
  const [old, other]: string[] = [
    changes[0].memory_id,
    await remember(server, 'We moved the staging port to 443 at last.', { importance: 0 }),
  ];
  const both = time(server);
  const next = await server.call('memory_propose', {
    changes: [
      {
        op: 'supersede',
        supersedes: [old],
        content: 'A long statement on how the port has become another.',
        importance: 0,
      },
    ],
  });
  const waiting = time(server);
  await server.call('memory_commit', { batch_id: next.batch_id });
  return {
    old,
    other,
    successor: next.changes[0].memory_id,
    times: { proposed, committed, both, waiting, replaced: time(server) },
  };
}

describe('as of a time', () => {
  it('fetch shows nothing that came later', async () => {
    await using server = await connect();
    const { old, successor, times } = await history(server);
    const meta = async (as_of: string) => (await server.call('fetch', { uri: old, as_of })).meta;
    expect(await meta(times.proposed)).toMatchObject({ status: 'proposed' });
    expect(await meta(times.proposed)).not.toHaveProperty('committed_at');
    expect(await meta(times.waiting)).toMatchObject({ status: 'active', committed_at: expect.any(String) });
    expect(await meta(times.waiting)).not.toHaveProperty('superseded_by');
    expect(await meta(times.replaced)).toMatchObject({ status: 'superseded', superseded_by: successor });
  });

  it('fetch refuses what was not there yet, and a run, which is as it is now', async () => {
    await using server = await connect();
    const before = time(server);
    const run = await openRun(server);
    const reason = { run_id: run, reason: 'task_complete' };
    const { uri } = await server.call('episode_seal', reason);
    const after = time(server);
    await expect(server.call('fetch', { uri, as_of: before })).rejects.toThrow(
      /^not_found: episode:.* was not known yet at .* Leave as_of out/,
    );
    expect(await server.call('fetch', { uri, as_of: after })).toMatchObject({ uri });
    for (const now of [`run://${run}`, `run://${run}/ledger`])
      await expect(server.call('fetch', { uri: now, as_of: after })).rejects.toThrow(
        /^invalid: as_of is given, and run:.* is read as it is now/,
      );
  });

  it('search shows and orders by the successor only once it was one', async () => {
    await using server = await connect();
    const { old, successor, times } = await history(server);
    const hits = async (as_of: string) =>
      (
        await server.call('search', {
          query: 'port',
          as_of,
          statuses: ['proposed', 'active', 'superseded'],
        })
      ).hits;
    const before = await hits(times.waiting);
    expect(before[0]).toMatchObject({ uri: `memory://${old}` });
    expect(before[0]).not.toHaveProperty('superseded_by');
    expect(before[0]).not.toHaveProperty('status');
    const after = await hits(times.replaced);
    const uris = after.map((hit: { uri: string }) => hit.uri);
    expect(uris.indexOf(`memory://${old}`)).toBeGreaterThan(uris.indexOf(`memory://${successor}`));
    expect(after[uris.indexOf(`memory://${old}`)]).toMatchObject({
      status: 'superseded',
      superseded_by: successor,
    });
  });

  it('a pattern finds what was known then too', async () => {
    await using server = await connect();
    const { old, times } = await history(server);
    const search = { query: 'port 80', mode: 'regex', as_of: times.both };
    const { hits } = await server.call('search', search);
    expect(hits).toMatchObject([{ uri: `memory://${old}` }]);
    expect(hits[0]).not.toHaveProperty('superseded_by');
  });

  it('of a time to come pages keep still all the same', async () => {
    await using server = await connect();
    for (const place of ['orchard', 'harbour', 'lantern'])
      await remember(server, `A staging port serves the ${place}.`);
    const search = { query: 'staging port', limit: 2, as_of: '2030-01-01' };
    const first = await server.call('search', search);
    await remember(server, 'Staging port, staging port.', { importance: 1 });
    const second = await server.call('search', { ...search, cursor: first.next_cursor });
    const uris = [...first.hits, ...second.hits].map(({ uri }) => uri);
    expect([uris.length, new Set(uris).size]).toEqual([3, 3]);
  });

  it('later pages of a search show what the first page knew', async () => {
    await using server = await connect();
    const old = await remember(server, 'Today the staging port is 80.', { importance: 0 });
    await remember(server, 'Port port port.', { importance: 1 });
    const search = { query: 'port', limit: 1, statuses: ['active', 'superseded'] };
    const first = await server.call('search', search);
    expect(first.hits[0].uri).not.toBe(`memory://${old}`);
    await remember(server, 'Port 443.', { op: 'supersede', supersedes: [old] });
    const { hits } = await server.call('search', { ...search, cursor: first.next_cursor });
    expect(hits).toMatchObject([{ uri: `memory://${old}` }]);
    expect(hits[0]).not.toHaveProperty('status');
    expect(hits[0]).not.toHaveProperty('superseded_by');
  });
});

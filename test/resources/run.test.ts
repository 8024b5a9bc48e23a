import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const uris = async (server: Server) =>
  (await server.client.request({ method: 'resources/list', params: {} })).resources.map(({ uri }) => uri);

describe('run resources', () => {
  it('show the working set with where it stands and comes from', async () => {
    await using server = await connect();
    const opened = await server.call('run_open', { objective: 'Ship it.', external_id: 'ticket-7' });
    expect(await readJson(server, `run://${opened.run_id}`)).toEqual({
      id: opened.run_id,
      status: 'BOOT',
      seq: 0,
      external_id: 'ticket-7',
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
      episodes: [],
      scope: 'repo:acme/app',
      trust: 'agent',
      working_set: opened.working_set,
    });
  });

  it('are listed with their episodes when they belong to the home', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await openRun(server, { graph_nodes: ['repo:other/app'] });
    const { uri } = await server.call('episode_seal', { run_id, reason: 'r' });
    expect(await uris(server)).toEqual([`run://${run_id}`, uri]);
  });

  it('complete ids of runs and episodes', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const { episode_id } = await server.call('episode_seal', { run_id, reason: 'r' });
    const complete = async (uri: string, value: string) =>
      (await server.client.complete({ ref: { type: 'ref/resource', uri }, argument: { name: 'id', value } }))
        .completion.values;
    expect(await complete('run://{id}', run_id.slice(0, -1))).toEqual([run_id]);
    expect(await complete('run://{id}/ledger', 'run_')).toEqual([run_id]);
    expect(await complete('episode://{id}', 'epi_')).toEqual([episode_id]);
    expect(await complete('run://{id}', 'run_%')).toEqual([]);
  });

  it.each([
    'run://run_nowhere',
    'run://run_nowhere/ledger',
    'run://',
    'run://x/../y',
    'episode://epi_nowhere',
  ])('do not include %s', async uri => {
    await using server = await connect();
    await expect(server.client.readResource({ uri })).rejects.toThrow();
  });
});

describe("a run's history", () => {
  const note = (n: number, size = 1) => ({ type: 'NOTE', payload: { n, text: 'x'.repeat(size) } });

  it('is read in pages that hold every event once', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    for (let from = 0; from < 250; from += 50)
      await server.call('run_record', {
        run_id,
        events: Array.from({ length: 50 }, (_, n) => note(from + n)),
      });
    const sequences: number[] = [];
    for (let uri: string | undefined = `run://${run_id}/ledger`; uri; ) {
      const page: { events: { sequence: number }[]; next?: string } = await readJson(server, uri);
      expect(page.events.length).toBeLessThanOrEqual(100);
      sequences.push(...page.events.map(({ sequence }) => sequence));
      uri = page.next;
    }
    expect(sequences).toEqual(Array.from({ length: 251 }, (_, n) => n + 1));
  });

  it('keeps a page small when its events are large', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await server.call('run_record', {
      run_id,
      events: Array.from({ length: 10 }, (_, n) => note(n, 60_000)),
    });
    expect(await eventsOf(server, run_id)).toHaveLength(4);
  });

  it('is no more trusted than the tools whose results it holds', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const trust = async () => (await readJson(server, `run://${run_id}/ledger`)).trust;
    expect(await trust()).toBe('agent');
    await server.call('run_record', { run_id, events: [{ type: 'TOOL_RESULT', payload: { result: 'x' } }] });
    expect(await trust()).toBe('tool');
  });
});

it('what is no resource is told to be read with fetch: a message, or a run by its external id', async () => {
  await using server = await connect();
  await server.call('run_open', { objective: 'Ship it.', external_id: 'ticket-1' });
  for (const uri of ['run://ticket-1', 'message://msg_1'])
    await expect(server.client.readResource({ uri })).rejects.toThrow(
      /There is no resource .* The tool fetch/,
    );
  expect(await server.call('fetch', { uri: 'run://ticket-1' })).toMatchObject({ kind: 'run' });
});

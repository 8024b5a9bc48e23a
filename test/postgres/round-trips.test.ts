import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { countRoundTrips } from '../support/round-trips.js';

type Server = Awaited<ReturnType<typeof connect>>;

const SCOPE = { graph_nodes: ['module:a', 'repo:acme/app'], tags: ['x'] };
const said = (content: string) => ({ messages: [{ role: 'user', content }] });

let server: Server;
let names: Readonly<Record<'memory' | 'run' | 'session' | 'medallion', string>>;

beforeAll(async () => {
  server = await connect({ options: { tools: ['all'] } });
  const { committed_ids } = await server.call('memory_propose', {
    ...{ commit: true, changes: [{ content: 'Releases are made on Fridays.' }] },
  });
  const { run_id } = await server.call('run_open', { objective: 'Count the ways.' });
  const { session_id } = await server.call('session_append', said('Where do we begin?'));
  const { medallion_id } = await server.call('checkpoint', { session_summary: 'All begun.', ...SCOPE });
  names = { memory: committed_ids[0], run: run_id, session: session_id, medallion: medallion_id };
});
afterAll(() => server[Symbol.asyncDispose]());

/** To the database and back: what can be sent at once has to be. */
it.each<[string, number, () => Promise<unknown>]>([
  ['adds a memory', 12, () => propose(['Deploys come from the branch called release.'])],
  ['adds a hundred', 9, () => propose(Array.from({ length: 100 }, (_, at) => `w${at} x${at * 7919}`))],
  ['searches', 8, () => server.call('search', { query: 'releases Fridays' })],
  ['fetches a memory', 2, () => server.call('fetch', { uri: `memory://${names.memory}` })],
  ['fetches a medallion', 3, () => server.call('fetch', { uri: `medallion://${names.medallion}` })],
  ['patches a run', 6, () => patch({ set: { status: 'BUSY' } })],
  [
    'appends a message',
    20,
    () => server.call('session_append', { session_id: names.session, ...said('At one.') }),
  ],
  ['checkpoints', 14, () => server.call('checkpoint', { session_summary: 'Some counted.', ...SCOPE })],
  ['loads a scope', 8, () => server.call('load_by_scope', { graph_nodes: SCOPE.graph_nodes })],
  ['forgets a memory', 7, () => server.call('memory_forget', { ids: [names.memory] })],
  ['asks for the status', 4, () => server.call('status')],
])('who %s waits for an answer at most %d times', async (_, most, work) => {
  await server.engine.settled();
  using counted = countRoundTrips();
  expect(await counted.of(work)).toBeLessThanOrEqual(most);
});

const propose = (contents: readonly string[]) =>
  server.call('memory_propose', { commit: true, changes: contents.map(content => ({ content })) });

const patch = (fields: object) =>
  server.call('working_set_patch', { run_id: names.run, expected_seq: 0, ...fields });

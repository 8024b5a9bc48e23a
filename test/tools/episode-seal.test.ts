import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/text/hash.js';
import { connect } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';
import { change, rowsOf } from '../support/stored.js';

type Server = Awaited<ReturnType<typeof connect>>;

const seal = (server: Server, run_id: string, more: object = {}) =>
  server.call('episode_seal', { run_id, reason: 'A stage is done.', ...more });
const patch = (server: Server, run_id: string, expected_seq: number, next_action: string) =>
  server.call('working_set_patch', { run_id, expected_seq, set: { next_action } });
const note = { type: 'NOTE', payload: { text: 'n' } };

describe('episode_seal', () => {
  it('keeps the working set before and after, the events between, and a summary of them', async () => {
    await using server = await connect();
    const { run_id, working_set } = await server.call('run_open', { objective: 'Ship it.' });
    await patch(server, run_id, 0, 'Test.');
    const sealed = await seal(server, run_id, { next_entry_point: 'src/main.ts' });
    expect(sealed).toMatchObject({
      uri: `episode://${sealed.episode_id}`,
      number: 1,
      scope: 'repo:acme/app',
    });
    const episode = await readJson(server, sealed.uri);
    expect(episode).toMatchObject({
      episode_id: sealed.episode_id,
      run_id,
      number: 1,
      reason: 'A stage is done.',
      ws_before: working_set,
      ws_after: { _update_seq: 1, next_action: 'Test.' },
      events: { first: 1, last: 2 },
      memory_commits: [],
      next_entry_point: 'src/main.ts',
      hash: sealed.hash,
    });
    expect(episode.summary).toMatch(
      /^2 events \(1 to 2\): RUN_START 1, WS_UPDATE_APPLIED 1\. The last:\n1 RUN/,
    );
  });

  it('begins where the episode before it ended, and leaves the run’s status', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await patch(server, run_id, 0, 'A');
    const first = await seal(server, run_id);
    await server.call('run_record', { run_id, events: [note, note] });
    await patch(server, run_id, 1, 'B');
    const second = await readJson(server, (await seal(server, run_id, { summary: 'My own words.' })).uri);
    expect(second).toMatchObject({ number: 2, summary: 'My own words.', events: { first: 4, last: 6 } });
    expect(second.ws_before).toEqual((await readJson(server, first.uri)).ws_after);
    const empty = await readJson(server, (await seal(server, run_id)).uri);
    expect(empty).toMatchObject({ number: 3, events: { first: 8, last: 7 } });
    expect(empty.ws_before).toEqual(empty.ws_after);
    expect(empty.summary).toMatch(/^No events/);
    expect((await readJson(server, `run://${run_id}`)).status).toBe('BOOT');
  });

  it('is in the run’s history by its hash, and at hand from the run', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const { episode_id, hash, uri } = await seal(server, run_id);
    expect((await eventsOf(server, run_id)).at(-1)).toMatchObject({
      type: 'MILESTONE',
      payload: { episode_id, number: 1, reason: 'A stage is done.', bodies: { [episode_id]: hash } },
    });
    expect((await readJson(server, `run://${run_id}`)).episodes).toEqual([uri]);
  });

  it('redacts, and replays a repeated key', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const summary = 'Logged in with ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8.';
    const first = await seal(server, run_id, { summary, idempotency_key: 'k' });
    expect(first.redacted).toMatchObject([{ path: 'summary' }]);
    expect(await seal(server, run_id, { summary, idempotency_key: 'k' })).toEqual({
      ...first,
      replayed: true,
    });
    expect((await readJson(server, `run://${run_id}`)).episodes).toHaveLength(1);
  });

  it.each([
    [{ reason: ' ' }, /reason is blank/],
    [{ reason: 'a'.repeat(2001) }, /reason has 2001 characters; at most 2000/],
    [{ reason: 'a\0' }, /reason has a NUL/],
    [{ next_entry_point: '\udc00' }, /next_entry_point has a lone surrogate/],
    [{ run_id: 'run_nowhere' }, /^not_found/],
    [{ batch_id: 'bat_nowhere' }, /^not_found: There is no batch bat_nowhere\. No episode/],
  ])('refuses %j', async (args, message) => {
    await using server = await connect();
    const run_id = await openRun(server);
    await expect(seal(server, run_id, args)).rejects.toThrow(message);
    expect(await eventsOf(server, run_id)).toHaveLength(1);
  });
});

describe('episode_seal with a batch', () => {
  const propose = async (server: Server, change: object = {}): Promise<string> =>
    (await server.call('memory_propose', { changes: [{ content: 'We ship on Fridays.', ...change }] }))
      .batch_id;

  it('commits it in the same transaction, also where only a milestone may', async () => {
    await using server = await connect({ options: { commitPolicy: 'milestone' } });
    const [run_id, batch_id] = [await openRun(server), await propose(server)];
    await expect(server.call('memory_commit', { batch_id })).rejects.toThrow(/^forbidden/);
    const { memory_commits, uri } = await seal(server, run_id, { batch_id });
    expect(memory_commits).toHaveLength(1);
    expect((await readJson(server, uri)).memory_commits).toEqual(memory_commits);
    expect((await server.call('search', { query: 'fridays' })).hits).toHaveLength(1);
  });

  it('is harmless when the batch was committed before', async () => {
    await using server = await connect();
    const [run_id, batch_id] = [await openRun(server), await propose(server)];
    await server.call('memory_commit', { batch_id });
    expect((await seal(server, run_id, { batch_id })).memory_commits).toEqual([]);
  });

  it.each([
    [
      'rejected',
      (server: Server, batch_id: string) => server.call('memory_commit', { batch_id, decision: 'reject' }),
    ],
    ['expired', async (server: Server) => server.sources.forward(31 * 86_400_000)],
  ])('seals nothing when it is %s', async (state, spoil) => {
    await using server = await connect();
    const [run_id, batch_id] = [await openRun(server), await propose(server)];
    await spoil(server, batch_id);
    await expect(seal(server, run_id, { batch_id })).rejects.toThrow(new RegExp(`^conflict: .* is ${state}`));
    expect((await readJson(server, `run://${run_id}`)).episodes).toEqual([]);
  });

  it('seals nothing when a memory to replace is gone', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const [old] = (
      await server.call('memory_propose', { changes: [{ content: 'The port is 80.' }], commit: true })
    ).committed_ids;
    const batch_id = await propose(server, { op: 'supersede', supersedes: [old] });
    await server.call('memory_forget', { ids: [old] });
    await expect(seal(server, run_id, { batch_id })).rejects.toThrow(/was not committed/);
    expect((await readJson(server, `run://${run_id}`)).episodes).toEqual([]);
  });

  it('needs a person for what tools said', async () => {
    await using server = await connect();
    const [run_id, batch_id] = [await openRun(server), await propose(server, { trust: 'tool' })];
    await expect(seal(server, run_id, { batch_id })).rejects.toThrow(/^forbidden: .*No episode was sealed/);
  });

  it.each([
    ['agrees', { action: 'accept', content: { approve: true } }],
    ['declines', { action: 'decline' }],
  ] as const)('asks that person where the client can, who %s', async (_, answer) => {
    await using server = await connect({ capabilities: { elicitation: { form: {} } } });
    const questions: string[] = [];
    server.client.setRequestHandler('elicitation/create', ({ params }) => {
      questions.push(params.message);
      return { ...answer };
    });
    const [run_id, batch_id] = [await openRun(server), await propose(server, { trust: 'tool' })];
    const sealing = seal(server, run_id, { batch_id });
    if (answer.action === 'accept') expect((await sealing).memory_commits).toHaveLength(1);
    else await expect(sealing).rejects.toThrow(/^forbidden: The person asked did not agree/);
    expect(questions).toEqual([expect.stringContaining('We ship on Fridays.')]);
  });

  it('shows that person what the batch would retire', async () => {
    await using server = await connect({ capabilities: { elicitation: { form: {} } } });
    const questions: string[] = [];
    server.client.setRequestHandler('elicitation/create', ({ params }) => {
      questions.push(params.message);
      return { action: 'decline' };
    });
    const [old] = (
      await server.call('memory_propose', { changes: [{ content: 'The port is 80.' }], commit: true })
    ).committed_ids;
    const retiring = { op: 'deprecate', target_id: old, trust: 'tool' };
    const { batch_id } = await server.call('memory_propose', { changes: [retiring] });
    await expect(seal(server, await openRun(server), { batch_id })).rejects.toThrow(/^forbidden/);
    expect(questions).toEqual([expect.stringContaining('- retire fact (agent): The port is 80.')]);
  });
});

describe('a sealed episode', () => {
  it.each([
    `update episode set number = 2`,
    `update episode set hash = 'x'`,
    `delete from episode`,
    `insert or replace into episode select namespace, id, run_id, number, created_at, 'x' from episode`,
    `insert into episode select namespace, 'epi_2', run_id, number, created_at, hash from episode where true on conflict (namespace, run_id, number) do update set hash = 'x'`,
    `update body set content = '{}' where owner like 'epi%'`,
    `delete from body where owner like 'epi%'`,
  ])('cannot be changed: %s', async script => {
    const db = databasePath();
    await using server = await connect({ db });
    const { uri, hash } = await seal(server, await openRun(server));
    await expect(change(db, script)).rejects.toThrow(
      /never changed|written once|only under a PURGE|only purged|stays purged/,
    );
    const [body] = await rowsOf(db, `select salt, content from body where owner like 'epi%'`);
    const { salt, content } = Object(body);
    expect(sha256(salt + content)).toBe(hash);
    expect((await readJson(server, uri)).hash).toBe(hash);
  });
});

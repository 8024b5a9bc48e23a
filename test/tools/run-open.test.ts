import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';

describe('run_open', () => {
  it('opens a run with an empty working set at seq 0, in the home scope', async () => {
    await using server = await connect();
    const opened = await server.call('run_open', {
      objective: 'Ship it.',
      acceptance_criteria: ['Tests pass.'],
      constraints: ['No downtime.'],
    });
    expect(opened).toMatchObject({ seq: 0, scope: 'repo:acme/app' });
    expect(opened.working_set).toEqual({
      _schema_version: '2.1',
      _update_seq: 0,
      task_id: opened.run_id,
      thread_id: opened.run_id,
      run_id: opened.run_id,
      status: 'BOOT',
      objective: 'Ship it.',
      acceptance_criteria: ['Tests pass.'],
      current_stage: 'BOOT',
      next_action: '',
      constraints: ['No downtime.'],
      artifact_refs: [],
      blockers: [],
      last_action_summary: '',
      pinned_context: [],
      sliding_context: [],
    });
  });

  it('writes the whole working set, scope and origin into its first event', async () => {
    await using server = await connect();
    const opened = await server.call('run_open', { objective: 'Ship it.', tags: ['release'] });
    expect(await eventsOf(server, opened.run_id)).toMatchObject([
      {
        sequence: 1,
        type: 'RUN_START',
        payload: {
          working_set: opened.working_set,
          scope: { graph_nodes: ['repo:acme/app'], tags: ['release'] },
          origin: null,
          external_id: null,
        },
      },
    ]);
  });

  it('puts a run without home into the inbox, and one with [] nowhere', async () => {
    await using server = await connect({ home: { nodes: [], aliases: [] } });
    expect((await server.call('run_open', { objective: 'A.' })).scope).toBe('inbox:');
    expect((await server.call('run_open', { objective: 'B.', graph_nodes: [] })).scope).toBe('global');
  });

  it.each([
    [{}, /Nothing says which run/],
    [{ run_id: 'run_1', from: 'run_2' }, /both were given/],
    [{ objective: '' }, /objective/],
    [{ objective: ' \n ' }, /objective is blank/],
    [{ objective: 'a\0b' }, /NUL/],
    [{ objective: 'a', constraints: ['\ud800'] }, /constraints has a lone surrogate/],
    [{ objective: 'a', external_id: 'run_mine' }, /must not be blank, a URI, or begin with run_/],
    [{ objective: 'a', external_id: 'a://b' }, /must not be/],
    [{ objective: 'a', external_id: '  ' }, /must not be/],
    [{ objective: 'word '.repeat(1590), constraints: ['word '.repeat(1000)] }, /too_large.*objective/],
  ])('refuses %j', async (args, message) => {
    await using server = await connect();
    await expect(server.call('run_open', args)).rejects.toThrow(message);
    expect((await server.call('status')).counts.events).toBe(0);
  });

  it('redacts secrets before anything is stored, and refuses them as a key', async () => {
    await using server = await connect();
    const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
    const opened = await server.call('run_open', { objective: `Use ${secret}.` });
    expect(opened.working_set.objective).not.toContain(secret);
    expect(opened.redacted).toMatchObject([{ path: 'objective' }]);
    const keyed = server.call('run_open', { objective: 'a', external_id: secret });
    await expect(keyed).rejects.toThrow(/looks like a secret/);
  });
});

describe('run_open of a run that exists', () => {
  it('resumes it by id and by external id, also in another process, and says so', async () => {
    const db = databasePath();
    await using first = await connect({ db });
    const run_id = await openRun(first, { external_id: 'ticket-7' });
    await first.call('working_set_patch', { run_id, expected_seq: 0, set: { next_action: 'Test.' } });
    await using second = await connect({ db, sources: first.sources });
    for (const key of [{ run_id }, { external_id: 'ticket-7' }, { run_id: `run://${run_id}` }]) {
      const resumed = await second.call('run_open', key);
      expect(resumed).toMatchObject({ run_id, seq: 1, resumed: true, working_set: { next_action: 'Test.' } });
    }
    const events = await eventsOf(second, run_id);
    expect(events.filter(({ type }) => type === 'RESUMED').map(({ payload }) => payload.by)).toEqual([
      'run_id',
      'external_id',
      'run_id',
    ]);
  });

  it('opens an external id once, however often it is called', async () => {
    await using server = await connect();
    const open = { external_id: 'ticket-7', objective: 'Ship.', acceptance_criteria: ['Tests pass.'] };
    const first = await server.call('run_open', open);
    const second = await server.call('run_open', open);
    expect(second).toMatchObject({ run_id: first.run_id, resumed: true });
    expect(second.not_applied).toBeUndefined();
  });

  it('is not begun under a name that a run of another project has, but goes on with that when asked to', async () => {
    const db = databasePath();
    await using first = await connect({ db });
    const begin = { external_id: 'main', objective: 'Ship.' };
    const { run_id } = await first.call('run_open', begin);
    const home = { nodes: ['repo:acme/other'], aliases: [] };
    await using second = await connect({ db, home, sources: first.sources });
    await expect(second.call('run_open', begin)).rejects.toThrow(
      /conflict.*is about repo:acme\/app, not repo:acme\/other.*another external_id.*leave objective out/s,
    );
    for (const key of [{ external_id: 'main' }, { run_id }, { ...begin, graph_nodes: ['repo:acme/app'] }])
      expect(await second.call('run_open', key)).toMatchObject({ run_id, resumed: true });
    const renamed = { nodes: ['repo:acme/new'], aliases: ['repo:acme/app'] };
    await using third = await connect({ db, home: renamed, sources: first.sources });
    expect(await third.call('run_open', begin)).toMatchObject({ run_id, resumed: true });
  });

  it('says which arguments it holds otherwise by now', async () => {
    await using server = await connect();
    const run_id = await openRun(server, { constraints: ['a'] });
    expect((await server.call('run_open', { run_id, constraints: ['b'] })).not_applied).toEqual([
      'constraints',
    ]);
  });

  it.each([
    [{ objective: 'Another.' }, /its objective is "Ship the release."/],
    [{ task_id: 'other' }, /its task_id is/],
    [{ thread_id: 'other' }, /its thread_id is/],
    [{ graph_nodes: ['repo:other/app'] }, /its graph_nodes is "repo:acme\/app"/],
    [{ tags: ['x'] }, /its tags is ""/],
  ])('refuses another identity: %j', async (args, message) => {
    await using server = await connect();
    const run_id = await openRun(server, { external_id: 'ticket-7' });
    const before = await eventsOf(server, run_id);
    await expect(server.call('run_open', { external_id: 'ticket-7', ...args })).rejects.toThrow(message);
    await expect(server.call('run_open', { run_id, ...args })).rejects.toThrow(/^conflict/);
    expect(await eventsOf(server, run_id)).toEqual(before);
  });

  it('does not find what does not exist', async () => {
    await using server = await connect();
    await expect(server.call('run_open', { run_id: 'run_nowhere' })).rejects.toThrow(/^not_found/);
    await expect(server.call('run_open', { external_id: 'ticket-8' })).rejects.toThrow(/with an objective/);
  });

  it('replays a repeated key without a second run', async () => {
    await using server = await connect();
    const args = { objective: 'Ship it.', idempotency_key: 'k' };
    const first = await server.call('run_open', args);
    expect(await server.call('run_open', args)).toEqual({ ...first, replayed: true });
    await expect(server.call('run_open', { ...args, objective: 'Else.' })).rejects.toThrow(/^conflict/);
  });
});

describe('run_open from an earlier point', () => {
  it('forks an episode: the working set as it was sealed, under a new id at seq 0', async () => {
    await using server = await connect();
    const run_id = await openRun(server, { graph_nodes: ['project:atlas'] });
    const patch = (expected_seq: number, next_action: string) =>
      server.call('working_set_patch', { run_id, expected_seq, set: { next_action, status: 'BUSY' } });
    await patch(0, 'Try A.');
    const { uri } = await server.call('episode_seal', { run_id, reason: 'A was tried.' });
    await patch(1, 'Wrong way.');
    const fork = await server.call('run_open', { from: uri });
    expect(fork).toMatchObject({ seq: 0, forked_from: uri, scope: 'project:atlas' });
    expect(fork.run_id).not.toBe(run_id);
    expect(fork.working_set).toMatchObject({
      run_id: fork.run_id,
      task_id: run_id,
      _update_seq: 0,
      status: 'IDLE',
      next_action: 'Try A.',
    });
    expect(await readJson(server, `run://${fork.run_id}`)).toMatchObject({ origin: uri });
  });

  it('takes the entry point of the episode as the next action', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const { uri } = await server.call('episode_seal', {
      run_id,
      reason: 'r',
      next_entry_point: 'src/main.ts',
    });
    expect((await server.call('run_open', { from: uri })).working_set.next_action).toBe('src/main.ts');
  });

  it('forks a run as it stands, by URI or external id, with what the call overrides', async () => {
    await using server = await connect();
    const run_id = await openRun(server, { external_id: 'ticket-7', constraints: ['a'] });
    for (const from of [run_id, `run://${run_id}`, 'ticket-7']) {
      const fork = await server.call('run_open', { from, objective: 'Another way.', tags: ['b'] });
      expect(fork.forked_from).toBe(`run://${run_id}`);
      expect(fork.working_set).toMatchObject({ objective: 'Another way.', constraints: ['a'] });
      expect(fork.scope).toBe('repo:acme/app, tagged b');
    }
  });

  it('resumes a fork whose origin was named by its external id, or without its version', async () => {
    await using server = await connect();
    await openRun(server, { external_id: 'ticket-7' });
    const { uri } = await server.call('checkpoint', { session_summary: 's', high_level: 'Half done.' });
    for (const from of ['ticket-7', uri.replace(/\/v\/\d+$/, '')]) {
      const open = { from, external_id: `fork of ${from.slice(0, 8)}` };
      const fork = await server.call('run_open', open);
      await server.call('checkpoint', { session_summary: 's', high_level: 'More done.' });
      expect(await server.call('run_open', open)).toMatchObject({ run_id: fork.run_id, resumed: true });
    }
  });

  it('resumes a fork that was opened under the same external id, and only with the same origin', async () => {
    await using server = await connect();
    const from = await openRun(server);
    const fork = await server.call('run_open', { from, external_id: 'fork' });
    expect(await server.call('run_open', { from, external_id: 'fork' })).toMatchObject({
      run_id: fork.run_id,
      resumed: true,
    });
    const other = server.call('run_open', { from: fork.run_id, external_id: 'fork' });
    await expect(other).rejects.toThrow(/its from is/);
  });

  it.each(['episode://epi_nowhere', 'run://run_nowhere', 'epi_1', 'nobody'])(
    'does not find %s',
    async from => {
      await using server = await connect();
      await expect(server.call('run_open', { from })).rejects.toThrow(/^not_found: There is nothing/);
    },
  );

  it.each(['memory://mem_1', 'https://example.org/'])('cannot fork %s', async from => {
    await using server = await connect();
    await expect(server.call('run_open', { from })).rejects.toThrow(/^invalid: from is/);
  });
});

import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const record = (server: Server, run_id: string, events: readonly object[], more: object = {}) =>
  server.call('run_record', { run_id, events, ...more });

const call = (tool_name: string, input: unknown = {}) => ({
  type: 'TOOL_CALL',
  payload: { tool_name, arguments: input },
});
const note = (text: string) => ({ type: 'NOTE', payload: { text } });

describe('run_record', () => {
  it('appends events in their order and returns the last sequence', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const reply = await record(server, run_id, [note('a'), note('b')]);
    expect(reply).toMatchObject({ run_id, last_sequence: 3, scope: 'repo:acme/app' });
    expect(reply.doom_loop).toBeUndefined();
    expect((await eventsOf(server, run_id)).slice(1)).toMatchObject([
      { sequence: 2, ...note('a') },
      { sequence: 3, ...note('b') },
    ]);
  });

  it('leaves the working set and its seq as they were', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const { working_set, seq } = await readJson(server, `run://${run_id}`);
    await record(server, run_id, [note('a')]);
    expect(await readJson(server, `run://${run_id}`)).toMatchObject({ working_set, seq });
  });

  it('takes payloads that speak of bodies and owners for what they are: an agent’s words', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const payload = { bodies: { x: 'y' }, owners: ['memory'], ids: [run_id], new_seq: 9, working_set: {} };
    await record(server, run_id, [{ type: 'NOTE', payload }]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('redacts string values only', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const secret = 'ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
    const reply = await record(server, run_id, [call('login', { token: secret, tries: 3 })]);
    expect(reply.redacted).toMatchObject([{ path: 'events[0].payload.arguments.token' }]);
    const [, event] = await eventsOf(server, run_id);
    expect(event?.payload).toMatchObject({ arguments: { tries: 3 } });
    expect(JSON.stringify(event)).not.toContain(secret);
  });

  it('replays a repeated key', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const first = await record(server, run_id, [note('a')], { idempotency_key: 'k' });
    expect(await record(server, run_id, [note('a')], { idempotency_key: 'k' })).toEqual({
      ...first,
      replayed: true,
    });
    expect(await eventsOf(server, run_id)).toHaveLength(2);
  });

  it.each([
    ['an engine event', [{ type: 'WS_UPDATE_APPLIED', payload: {} }], /type/],
    ['an unknown type', [{ type: 'THOUGHT', payload: {} }], /type/],
    ['no events', [], /events/],
    ['a payload that is no object', [{ type: 'NOTE', payload: 'x' }], /payload/],
    ['a list as payload', [{ type: 'NOTE', payload: [] }], /payload/],
    ['more than 100', Array.from({ length: 101 }, () => note('a')), /events/],
    [
      'a large payload among small ones',
      [note('a'), note('x'.repeat(65_536))],
      /events\[1\]\.payload has 655\d\d bytes/,
    ],
    ['a NUL', [note('a\0')], /events\[0\]\.payload\.text has a NUL/],
    ['a lone surrogate in a key', [{ type: 'NOTE', payload: { '\ud800': 1 } }], /lone surrogate/],
  ])('refuses %s, and writes nothing at all', async (_name, events, message) => {
    await using server = await connect();
    const run_id = await openRun(server);
    await expect(record(server, run_id, events)).rejects.toThrow(message);
    expect(await eventsOf(server, run_id)).toHaveLength(1);
  });

  it('refuses through the library what is nested without end, no JSON, nothing at all or forged', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
    const record = (payload: Record<string, unknown>) =>
      server.engine.runs.record({ run_id, events: [{ type: 'NOTE', payload }] });
    await expect(record(deep)).rejects.toThrow(/nested deeper than 100/);
    await expect(record({ n: JSON.parse('1e999') })).rejects.toThrow(/too large/);
    await expect(server.engine.runs.record({ run_id, events: [] })).rejects.toThrow(/expected 1 to 100/);
    const forged = JSON.parse('[{"type":"WS_UPDATE_APPLIED","payload":{}}]');
    await expect(server.engine.runs.record({ run_id, events: forged })).rejects.toThrow(/are yours/);
  });

  it('refuses a run that does not exist', async () => {
    await using server = await connect();
    await expect(record(server, 'run_nowhere', [note('a')])).rejects.toThrow(/^not_found/);
  });
});

describe('a doom loop', () => {
  const types = async (server: Server, run_id: string) =>
    (await eventsOf(server, run_id)).map(({ type }) => type).filter(type => type === 'DOOM_LOOP');

  it('is reported with every call that goes on, and written once', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const loops: unknown[] = [];
    for (let n = 0; n < 5; n += 1)
      loops.push((await record(server, run_id, [call('ls', { a: 1 })])).doom_loop);
    const loop = { kind: 'repeat', length: 1, repeats: 3, tool: 'ls' };
    expect(loops).toEqual([undefined, undefined, loop, loop, loop]);
    expect(await types(server, run_id)).toHaveLength(1);
  });

  it('is seen across other events, key orders and cycles', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const round = [
      call('read', { a: 1, b: 2 }),
      note('hm'),
      { type: 'TOOL_CALL', payload: { tool_name: 'write' } },
    ];
    await record(server, run_id, [...round, ...round]);
    const again = [call('read', { b: 2, a: 1 }), ...round.slice(1)];
    expect((await record(server, run_id, again)).doom_loop).toEqual({
      kind: 'cycle',
      length: 2,
      repeats: 3,
      tool: 'read, write',
    });
  });

  it('that broke off and began anew is written again', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const thrice = [call('ls'), call('ls'), call('ls')];
    await record(server, run_id, [...thrice, call('cat'), ...thrice]);
    expect(await types(server, run_id)).toHaveLength(2);
  });

  it('needs as many repeats as the operator says', async () => {
    await using server = await connect({ options: { doomLoopRepeats: 2 } });
    const run_id = await openRun(server);
    expect((await record(server, run_id, [call('ls'), call('ls')])).doom_loop).toMatchObject({ repeats: 2 });
  });

  it('is not made by calls of another run, or with other input', async () => {
    await using server = await connect();
    const [one, two] = [await openRun(server), await openRun(server)];
    await record(server, one, [call('ls'), call('ls')]);
    expect((await record(server, two, [call('ls')])).doom_loop).toBeUndefined();
    expect((await record(server, one, [call('ls', { dir: 'src' })])).doom_loop).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const patch = (server: Server, run_id: string, expected_seq: number, fields: Record<string, unknown> = {}) =>
  server.call('working_set_patch', { run_id, expected_seq, ...fields });

const workingSet = async (server: Server, run_id: string) =>
  (await readJson(server, `run://${run_id}`)).working_set;

describe('working_set_patch', () => {
  it('replaces, removes and adds, and answers with what changed only', async () => {
    await using server = await connect();
    const run_id = await openRun(server, { constraints: ['old', 'kept'] });
    const set = { status: 'BUSY', next_action: 'Test.' };
    const append = { blockers: ['CI is red.'], artifact_refs: [{ type: 'file', id: 'a', path: 'a.ts' }] };
    const first = await patch(server, run_id, 0, { set, append, remove: { constraints: ['old'] } });
    expect(first).toMatchObject({ run_id, seq: 1, evicted: [], scope: 'repo:acme/app' });
    expect(first.changed).toEqual({ ...set, ...append, constraints: ['kept'] });
    const second = await patch(server, run_id, 1, {
      remove: { artifact_refs: ['a'] },
      append: { blockers: ['b'] },
    });
    expect(second.changed).toEqual({ artifact_refs: [], blockers: ['CI is red.', 'b'] });
    expect(await workingSet(server, run_id)).toMatchObject({ _update_seq: 2, ...set, constraints: ['kept'] });
  });

  it('replaces an item by removing and adding it in one patch', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await patch(server, run_id, 0, { append: { pinned_context: [{ id: 'p', content: 'old' }] } });
    const { changed } = await patch(server, run_id, 1, {
      remove: { pinned_context: ['p'] },
      append: { pinned_context: [{ id: 'p', content: 'new' }] },
    });
    expect(changed.pinned_context).toEqual([{ id: 'p', content: 'new' }]);
  });

  it('gives a sliding item the time and a priority, and holds the most important first', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const { changed } = await patch(server, run_id, 0, {
      append: {
        sliding_context: [
          { id: 'a', content: 'x' },
          { id: 'b', content: 'y', priority: 9 },
        ],
      },
    });
    expect(changed.sliding_context).toMatchObject([
      { id: 'b', priority: 9 },
      { id: 'a', priority: 5, timestamp: '2026-01-01T00:00:00.001Z' },
    ]);
  });

  it('advances seq even when nothing is set', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    expect(await patch(server, run_id, 0, { set: {} })).toMatchObject({ seq: 1, changed: {} });
    expect(await patch(server, run_id, 1)).toMatchObject({ seq: 2, changed: {} });
  });

  it('writes each patch into the history with what it brought', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await patch(server, run_id, 0, { set: { next_action: 'Test.' } });
    expect((await eventsOf(server, run_id)).slice(1)).toMatchObject([
      { type: 'WS_UPDATE_APPLIED', payload: { new_seq: 1, set: { next_action: 'Test.' }, evicted: [] } },
    ]);
  });

  it('knows a run by its external id too', async () => {
    await using server = await connect();
    await openRun(server, { external_id: 'ticket-7' });
    expect((await patch(server, 'ticket-7', 0, { set: {} })).seq).toBe(1);
  });

  it('redacts secrets, and names where they were', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const secret = 'ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
    const reply = await patch(server, run_id, 0, { set: { next_action: `Use ${secret}` } });
    expect(reply.redacted).toMatchObject([{ path: 'set.next_action' }]);
    expect(JSON.stringify([reply, await eventsOf(server, run_id)])).not.toContain(secret);
  });

  it('replays a repeated key, although seq has moved on', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const args = { set: { next_action: 'A' }, idempotency_key: 'k' };
    const first = await patch(server, run_id, 0, args);
    await patch(server, run_id, 1, { set: { next_action: 'B' } });
    expect(await patch(server, run_id, 0, args)).toEqual({ ...first, replayed: true });
    await expect(patch(server, run_id, 0, { ...args, set: {} })).rejects.toThrow(/idempotency_key/);
    expect((await workingSet(server, run_id)).next_action).toBe('B');
  });
});

describe('a stale patch', () => {
  it('changes nothing, shows what differs, and is on record', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await patch(server, run_id, 0, { set: { next_action: 'A' } });
    await patch(server, run_id, 1, { append: { blockers: ['b'] } });
    const before = await readJson(server, `run://${run_id}`);
    const stale = patch(server, run_id, 1, { set: { next_action: 'Lost?' } });
    await expect(stale).rejects.toThrow(
      /^conflict: expected_seq is 1, .* at seq 2\. Nothing was changed\. Changed since 1: blockers\.\n- blockers: \["b"\]\nRead run:\/\//,
    );
    await expect(patch(server, run_id, 0, { set: {} })).rejects.toThrow(/since 0: blockers, next_action\./);
    expect(await readJson(server, `run://${run_id}`)).toEqual(before);
    expect((await eventsOf(server, run_id)).slice(-2)).toMatchObject([
      { type: 'WS_UPDATE_REJECTED', payload: { expected_seq: 1, current_seq: 2, reason: 'conflict' } },
      { type: 'WS_UPDATE_REJECTED', payload: { expected_seq: 0, current_seq: 2, reason: 'conflict' } },
    ]);
  });

  it('says so when there has been no such seq yet', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    await expect(patch(server, run_id, 5, { set: {} })).rejects.toThrow(/There has been no seq 5 yet/);
  });

  it('stays bounded when it is very stale', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    for (let seq = 0; seq < 105; seq += 1) await patch(server, run_id, seq, { set: { status: 'BUSY' } });
    await expect(patch(server, run_id, 0, { set: {} })).rejects.toThrow(
      /since 0: status, and more before the last 100 patches/,
    );
  });
});

describe('working_set_patch refuses', () => {
  const item = { id: 'a', content: 'x' };
  it.each([
    [{ set: { objective: 'x' } }, /set\.objective never changes/],
    [
      { set: { _update_seq: 9, run_id: 'x' } },
      /set\._update_seq never changes; .*\n.*set\.run_id never changes/,
    ],
    [{ append: { task_id: ['x'] } }, /append\.task_id never changes/],
    [{ set: { nextAction: 'x' } }, /set\.nextAction is no field of a working set; there are status/],
    [{ set: { __proto__x: 'x' } }, /__proto__x is no field/],
    [{ append: { next_action: ['x'] } }, /append\.next_action is no list; use set/],
    [{ set: { blockers: [] }, append: { blockers: ['x'] } }, /blockers is in set and in append or remove/],
    [{ set: { status: 'STUCK' } }, /set\.status/],
    [{ set: { next_action: null } }, /set\.next_action/],
    [{ append: { blockers: 'x' } }, /append\.blockers/],
    [{ append: { sliding_context: [{ ...item, priority: 10 }] } }, /priority/],
    [{ append: { sliding_context: [{ ...item, timestamp: 'yesterday' }] } }, /timestamp/],
    [{ append: { sliding_context: [{ ...item, colour: 'red' }] } }, /colour/],
    [{ append: { sliding_context: ['x'] } }, /append\.sliding_context\[0\]/],
    [{ append: { sliding_context: [item, item] } }, /two items with the id "a"/],
    [{ set: { pinned_context: [item, item] } }, /pinned_context has two items with the id "a"/],
    [{ append: { artifact_refs: [{ type: 'file', id: 'a', sha256: 'x' }] } }, /sha256/],
    [{ remove: { blockers: ['never there'] } }, /remove\.blockers: there is no "never there"/],
    [{ remove: { sliding_context: [{ id: 'a' }] } }, /remove\.sliding_context/],
    [{ set: { next_action: 'a\0b' } }, /patch\.set\.next_action has a NUL/],
    [{ append: { sliding_context: [{ id: '\ud800', content: '' }] } }, /lone surrogate/],
    [
      { set: { pinned_context: Array.from({ length: 11 }, (_, n) => ({ id: `${n}`, content: '' })) } },
      /<=10/,
    ],
  ])('%j', async (fields, message) => {
    await using server = await connect();
    const run_id = await openRun(server);
    const before = await readJson(server, `run://${run_id}`);
    await expect(patch(server, run_id, 0, fields)).rejects.toThrow(message);
    expect(await readJson(server, `run://${run_id}`)).toEqual(before);
  });

  it('an eleventh pinned item, and an id that is taken', async () => {
    await using server = await connect();
    const run_id = await openRun(server);
    const pinned_context = Array.from({ length: 10 }, (_, n) => ({ id: `${n}`, content: '' }));
    await patch(server, run_id, 0, { set: { pinned_context } });
    const eleventh = patch(server, run_id, 1, { append: { pinned_context: [{ id: '11', content: '' }] } });
    await expect(eleventh).rejects.toThrow(/<=10/);
    await patch(server, run_id, 1, { append: { sliding_context: [item] } });
    const again = patch(server, run_id, 2, { append: { sliding_context: [item] } });
    await expect(again).rejects.toThrow(/remove the old one in the same patch/);
  });

  it.each(['run_nowhere', 'nobody', ''])('the run %j, which does not exist', async run_id => {
    await using server = await connect();
    await expect(patch(server, run_id, 0, { set: {} })).rejects.toThrow(/^not_found/);
  });
});

import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const options = { wsMaxTokens: 400 };
const item = (id: string, priority: number, words = 20) => ({ id, priority, content: 'word '.repeat(words) });

const patch = (server: Server, run_id: string, expected_seq: number, fields: Record<string, unknown>) =>
  server.call('working_set_patch', { run_id, expected_seq, ...fields });

const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

describe('a working set near its budget', () => {
  it('evicts the least important items, says which, and keeps their content in the history', async () => {
    await using server = await connect({ options });
    const run_id = await openRun(server);
    const low = item('low', 1);
    await patch(server, run_id, 0, {
      append: { sliding_context: [low, item('high', 8), item('middle', 5)] },
    });
    const { evicted, tokens, changed } = await patch(server, run_id, 1, {
      append: { sliding_context: [item('next', 6, 110)] },
    });
    expect(evicted).toMatchObject([low]);
    expect(tokens).toBeLessThanOrEqual(400);
    expect(ids(changed.sliding_context)).toEqual(['high', 'next', 'middle']);
    expect((await eventsOf(server, run_id)).slice(-2)).toMatchObject([
      { type: 'WS_UPDATE_APPLIED', payload: { evicted: ['low'] } },
      { type: 'EVICTION', payload: { items: [low] } },
    ]);
  });

  it('takes a next_action into a full window', async () => {
    await using server = await connect({ options });
    const run_id = await openRun(server);
    const full = Array.from({ length: 20 }, (_, n) => item(`i${n}`, 5, 5));
    const first = await patch(server, run_id, 0, { set: { sliding_context: full } });
    expect(first.evicted.length).toBeGreaterThan(0);
    const second = await patch(server, run_id, 1, { set: { next_action: 'Write the tests. '.repeat(8) } });
    expect(second.evicted.length).toBeGreaterThan(0);
    expect(Object.keys(second.changed)).toEqual(['next_action']);
  });

  it('never evicts what is pinned', async () => {
    await using server = await connect({ options });
    const run_id = await openRun(server);
    const pinned_context = [{ id: 'p', content: 'word '.repeat(100) }];
    await patch(server, run_id, 0, { set: { sliding_context: [item('a', 9)], pinned_context } });
    const { evicted } = await patch(server, run_id, 1, { set: { last_action_summary: 'word '.repeat(150) } });
    expect(ids(evicted)).toEqual(['a']);
    expect((await readJson(server, `run://${run_id}`)).working_set.pinned_context).toEqual(pinned_context);
  });

  it('refuses an item that would not fit alone before anything is evicted', async () => {
    await using server = await connect({ options });
    const run_id = await openRun(server);
    await patch(server, run_id, 0, { append: { sliding_context: [item('a', 0)] } });
    const large = patch(server, run_id, 1, { append: { sliding_context: [item('b', 9, 400)] } });
    await expect(large).rejects.toThrow(
      /^too_large: With sliding item "b" .* ws_max_tokens is 400\. Nothing was evicted\. Shorten the item\.$/,
    );
    const { working_set, seq } = await readJson(server, `run://${run_id}`);
    expect([seq, ids(working_set.sliding_context)]).toEqual([1, ['a']]);
    expect((await eventsOf(server, run_id)).at(-1)).toMatchObject({
      type: 'WS_UPDATE_REJECTED',
      payload: { expected_seq: 1, current_seq: 1, reason: 'too_large' },
    });
  });

  it('refuses when nothing that could go would make room, and names the largest fields', async () => {
    await using server = await connect({ options });
    const run_id = await openRun(server);
    await patch(server, run_id, 0, { append: { sliding_context: [item('a', 0)] } });
    const large = patch(server, run_id, 1, { set: { blockers: ['word '.repeat(500)] } });
    await expect(large).rejects.toThrow(
      /^too_large: Without any sliding item .* remove from blockers \(about \d+\); keep/,
    );
  });

  it('counts in tokens of the whole set, not in characters of some fields', async () => {
    await using server = await connect({ options });
    const run_id = await openRun(server);
    const reply = await patch(server, run_id, 0, { set: { next_action: ' '.repeat(4000) } });
    expect(reply.tokens).toBeLessThan(400);
    await expect(patch(server, run_id, 1, { set: { next_action: '東京'.repeat(400) } })).rejects.toThrow(
      /too_large/,
    );
  });

  it('makes a fork fit, should the budget be smaller there', async () => {
    await using server = await connect({ options: { wsMaxTokens: 1000 } });
    const run_id = await openRun(server);
    await patch(server, run_id, 0, { set: { sliding_context: [item('a', 1, 300), item('b', 2, 300)] } });
    const longer = await server.call('run_open', { from: run_id, objective: 'word '.repeat(400) });
    expect(ids(longer.evicted)).toEqual(['a']);
    expect((await eventsOf(server, longer.run_id)).map(({ type }) => type)).toEqual([
      'RUN_START',
      'EVICTION',
    ]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

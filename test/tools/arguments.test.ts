import { describe, expect, it } from 'vitest';
import { tools } from '../../tools/index.js';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const failure = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

const change = { content: 'Zebras are striped.' };

describe.each([[null], ['']])('an optional argument that is %j', blank => {
  it('counts as left out, however many there are', async () => {
    await using server = await connect();
    const uri = await remember(server, change.content);
    for (const [name, needed] of [
      ['search', { query: 'zebra' }],
      ['fetch', { uri }],
      ['load_by_scope', {}],
      ['run_open', { objective: 'Ship.' }],
      ['memory_propose', { changes: [change] }],
      ['checkpoint', { session_summary: 'Stopped here.' }],
      ['session_append', { messages: [{ role: 'user', content: 'Hello.' }] }],
      ['memory_forget', { ids: [uri] }],
    ] as const) {
      const keys = Object.keys(tools.find(tool => tool.name === name)?.input.shape ?? {});
      const blanks = Object.fromEntries(keys.map(key => [key, blank]));
      await expect(
        server.call(name, { ...blanks, idempotency_key: blank, ...needed }),
        name,
      ).resolves.toHaveProperty('scope');
    }
  });

  it('counts as left out of a change and of an entry of a list too', async () => {
    await using server = await connect();
    const changes = [{ ...change, target_id: blank, valid_from: blank, rationale: blank, importance: blank }];
    const { changes: proposed } = await server.call('memory_propose', { changes, commit: true });
    expect((await server.call('fetch', { uri: `memory://${proposed[0].memory_id}` })).meta).toMatchObject({
      importance: 0.5,
    });
    const decisions = [{ id: blank, statement: 'Use SQLite.', rationale: blank }];
    const { medallion_id } = await server.call('checkpoint', { session_summary: 'Stopped.', decisions });
    expect((await server.call('fetch', { uri: `medallion://${medallion_id}` })).text).toContain('D-001');
  });

  it('is the same call as without it, for a key that repeats it', async () => {
    await using server = await connect();
    const args = { changes: [change], commit: true, idempotency_key: 'k' };
    const first = await server.call('memory_propose', { ...args, run_id: blank });
    expect(await server.call('memory_propose', args)).toEqual({ ...first, replayed: true });
  });
});

it('in a message null counts as left out, and an empty text is one', async () => {
  await using server = await connect();
  const messages = [
    { role: 'assistant', content: '', name: null, metadata: null },
    { role: 'assistant', content: null, parts: [{ type: 'text', text: '', outline: null }] },
  ];
  expect((await server.call('session_append', { messages })).message_ids).toHaveLength(2);
});

// Claude Code and Claude Desktop do so, now and then: anthropics/claude-code issues 22394, 59227, 93179.
describe('what a client sends as the JSON of a value', () => {
  it('counts as the value: lists, objects, numbers and what is true or false', async () => {
    await using server = await connect();
    const changes = JSON.stringify([{ ...change, importance: '0.9', tags: '["animals"]' }]);
    const proposed = await server.call('memory_propose', { changes, commit: 'true' });
    expect(proposed.status).toBe('committed');
    expect(await server.call('search', { query: 'zebra', tags: '["animals"]', limit: '1' })).toMatchObject({
      hits: [{ uri: `memory://${proposed.changes[0].memory_id}` }],
    });
    const { run_id } = await server.call('run_open', { objective: 'Ship.', constraints: '["Quietly."]' });
    const patch = { run_id, expected_seq: '0', set: '{"next_action":"Build."}' };
    expect((await server.call('working_set_patch', patch)).changed).toEqual({ next_action: 'Build.' });
  });

  it('is the same call as the value, for a key that repeats it', async () => {
    await using server = await connect();
    const args = { changes: [change], commit: true, idempotency_key: 'k' };
    const first = await server.call('memory_propose', args);
    const again = { ...args, changes: JSON.stringify([change]), commit: 'true' };
    expect(await server.call('memory_propose', again)).toEqual({ ...first, replayed: true });
  });

  it('stays the text it is where a text is expected', async () => {
    await using server = await connect();
    const uri = await remember(server, '["not", "a", "list"]');
    expect((await server.call('fetch', { uri })).text).toContain('["not", "a", "list"]');
    const messages = [{ role: 'user', content: 'true' }];
    const { session_id } = await server.call('session_append', { messages });
    expect((await server.call('fetch', { uri: `session://${session_id}` })).text).toContain('true');
  });

  it.each([
    ['search', { query: 'a', tags: 'animals' }, 'tags: found "animals", expected array'],
    ['search', { query: 'a', tags: '{"a":1}' }, 'tags: found "{\\"a\\":1}", expected array'],
    ['search', { query: 'a', limit: 'ten' }, 'limit: found "ten", expected a whole number'],
    ['search', { query: 'a', limit: '0x10' }, 'limit: found "0x10", expected a whole number'],
    ['search', { query: 'a', all: 'yes' }, 'all: found "yes", expected boolean'],
    ['memory_propose', { changes: '[{"content":"cut o' }, 'changes: found "[{'],
  ])('of %s %j is refused when it is another kind', async (tool, args, problem) => {
    await using server = await connect();
    expect(await failure(server.call(tool, args))).toContain(problem);
  });
});

describe('what is needed', () => {
  it.each([
    ['search', { query: null }, 'query: found null, expected string'],
    ['run_record', { run_id: 'run_1', events: null }, 'events: found null, expected array'],
    ['memory_propose', { changes: [null] }, 'changes[0]: found null, expected object'],
    ['checkpoint', { session_summary: 'a', decisions: [{ statement: null }] }, 'statement: found null'],
    ['session_rewind', { session_id: '', all: true }, 'session_id: '],
  ])('of %s %j is still refused', async (tool, args, problem) => {
    await using server = await connect();
    expect(await failure(server.call(tool, args))).toContain(problem);
  });

  it('of a working set has no blanks: there null is a value that does not fit', async () => {
    await using server = await connect();
    const { run_id, seq } = await server.call('run_open', { objective: 'Ship.' });
    const patch = { run_id, expected_seq: seq, set: { next_action: null } };
    expect(await failure(server.call('working_set_patch', patch))).toContain('set.next_action: found null');
  });
});

describe('an argument that there is not', () => {
  it('is ignored, and the reply says so with the nearest there is', async () => {
    await using server = await connect();
    const { hits, ignored } = await server.call('search', { query: 'a', graph_node: ['x:y'] });
    expect(hits).toEqual([]);
    expect(ignored).toContain('unknown graph_node (nearest: graph_nodes)');
    expect(ignored).toContain('; there are query, kinds');
  });

  it('is told where a tool takes none at all', async () => {
    await using server = await connect();
    expect((await server.call('status', { verbose: true })).ignored).toBe('unknown verbose; there are none');
  });

  it('is named too where the call fails, which may be for want of it', async () => {
    await using server = await connect();
    expect(await failure(server.call('run_open', { objectives: 'Ship.' }))).toMatch(
      /Nothing says which run to open.*objectives \(nearest: objective\)/s,
    );
    expect(await failure(server.call('search', { querry: 'a' }))).toMatch(
      /- query: is missing.*querry \(nearest: query\)/s,
    );
  });

  it.each([['_meta'], ['wait_for_previous']])(
    'but comes from the client, as %s does, is passed over',
    async key => {
      await using server = await connect();
      const reply = await server.call('search', { query: 'a', [key]: true });
      expect(reply).not.toHaveProperty('ignored');
    },
  );
});

describe('a field that there is not', () => {
  it.each([
    [
      'memory_propose',
      { changes: [change, { ...change, contents: 'a', target: 'mem_1' }] },
      'changes[1]: unknown contents',
    ],
    [
      'checkpoint',
      { session_summary: 'a', decisions: [{ statement: 'a', why: 'b' }] },
      'decisions[0]: unknown why',
    ],
    [
      'run_record',
      { run_id: 'r', events: [{ type: 'NOTE', payload: {}, note: 'a' }] },
      'events[0]: unknown note',
    ],
    [
      'session_append',
      { messages: [{ role: 'user', content: 'a', tool_calls: [] }] },
      'messages[0]: unknown tool_calls',
    ],
  ])('of %s %j refuses the call, with the fields there are', async (tool, args, place) => {
    await using server = await connect();
    const refused = await failure(server.call(tool, args));
    expect(refused).toMatch(/^invalid: /);
    expect(refused).toContain(`- ${place} (nearest: `);
    expect(refused).toMatch(/; there are \w+(, \w+)+/);
  });

  it('but begins with _ is passed over', async () => {
    await using server = await connect();
    const { batch_id } = await server.call('memory_propose', { changes: [{ ...change, _meta: { a: 1 } }] });
    expect(batch_id).toMatch(/^bat_/);
  });

  it('of what is kept as it is given, such as a payload, is no such field', async () => {
    await using server = await connect();
    const { run_id } = await server.call('run_open', { objective: 'Ship.' });
    const events = [{ type: 'NOTE', payload: { anything: null, blank: '' } }];
    await server.call('run_record', { run_id, events });
    expect((await server.call('fetch', { uri: `run://${run_id}/ledger` })).text).toMatch(
      /anything.*null.*blank/s,
    );
  });
});

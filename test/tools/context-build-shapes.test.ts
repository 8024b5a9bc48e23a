import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';

type Shown = { role: string; id?: string };
const roles = (messages: readonly Shown[]) => messages.map(({ role }) => role);
const answer = { role: 'assistant', content: 'An answer.' };

const openai = [
  { role: 'developer', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
  {
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
  },
  { role: 'tool', tool_call_id: 'c1', content: 'Snow.' },
  { role: 'assistant', content: 'It snows.' },
];
const anthropic = [
  { role: 'user', content: 'Weather?' },
  { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } }] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'Snow.' }] },
  { role: 'assistant', content: [{ type: 'text', text: 'It snows.' }] },
];

describe('shapes', () => {
  it('takes OpenAI messages and gives them back', async () => {
    await using session = await connect();
    const { messages } = await session.call('context_build', { messages: openai, shape: 'openai' });
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: openai[2]?.tool_calls },
      openai[3],
      openai[4],
    ]);
  });

  it('takes Anthropic messages and gives them back', async () => {
    await using session = await connect();
    const { messages } = await session.call('context_build', { messages: anthropic, shape: 'anthropic' });
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
      ...anthropic.slice(1),
    ]);
  });

  it('turns one into the other, with the system text apart for Anthropic', async () => {
    await using session = await connect();
    const there = await session.call('context_build', { messages: openai, shape: 'anthropic' });
    expect(there).toMatchObject({ system: 'Be brief.', messages: [{ role: 'user' }, {}, {}, {}] });
    const back = await session.call('context_build', { messages: anthropic, shape: 'openai' });
    expect(roles(back.messages)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    const plain = await session.call('context_build', { messages: anthropic });
    expect(plain.messages[2]).toMatchObject({ id: 'm3', role: 'tool', parts: [{ type: 'tool_result' }] });
  });

  it('never begins with the assistant, whoever spoke first', async () => {
    await using session = await connect();
    const messages = [{ role: 'user', content: ' ' }, answer, { role: 'user', content: 'Well?' }];
    for (const shape of ['plain', 'openai', 'anthropic']) {
      const built = await session.call('context_build', { messages, shape });
      expect(built.messages[0]?.role).toBe('user');
      expect(JSON.stringify(built.messages[0])).toContain('[Earlier messages, if any, are not shown.]');
    }
  });
});

describe('a call that was never answered', () => {
  const user = (content: string) => ({ role: 'user', content });
  const call = (id: string, text = '') => ({
    role: 'assistant',
    parts: [
      ...(text === '' ? [] : [{ type: 'text', text }]),
      { type: 'tool_call', call_id: id, name: 'read', arguments: { path: id } },
    ],
  });
  const result = (id: string) => ({
    role: 'tool',
    parts: [{ type: 'tool_result', call_id: id, output: `of ${id}` }],
  });
  const shapedAs = async (shape: string, messages: readonly object[], fields = {}) => {
    await using session = await connect();
    return (await session.call('context_build', { messages, shape, ...fields })).messages;
  };

  it('because the user interrupted it stands as text where a model would refuse the call', async () => {
    const messages = [user('Read a.'), call('a', 'Reading.'), user('Stop.'), { ...answer }, user('Go on.')];
    const [, interrupted] = await shapedAs('anthropic', messages);
    expect(interrupted).toEqual({
      role: 'assistant',
      content: [
        { type: 'text', text: 'Reading.' },
        { type: 'text', text: '[call read, unanswered]\n{"path":"a"}' },
      ],
    });
    expect(JSON.stringify(await shapedAs('openai', messages))).not.toContain('tool_calls');
    expect((await shapedAs('plain', messages))[1].parts[1]).toMatchObject({
      type: 'tool_call',
      call_id: 'a',
    });
  });

  it('because its result is filtered out stands as text too', async () => {
    const messages = [user('Read a.'), call('a'), result('a'), { ...answer }, user('And?')];
    const shown = await shapedAs('openai', messages, { roles: ['user', 'assistant'] });
    expect(roles(shown)).toEqual(['user', 'assistant', 'assistant', 'user']);
    expect(shown[1].content).toContain('[call read, unanswered]');
  });

  it('stays a call at the end, where its result is still to come', async () => {
    const messages = [user('Read both.'), call('a'), call('b'), result('a')];
    const shown = await shapedAs('openai', messages);
    expect(roles(shown)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(shown[3].tool_calls).toMatchObject([{ id: 'b' }]);
  });

  it('stands as text as soon as the assistant has gone on after other results', async () => {
    const both = { role: 'assistant', parts: [...call('a').parts, ...call('b').parts] };
    const messages = [user('Read all.'), both, result('b'), call('c'), result('c')];
    const openai = await shapedAs('openai', messages);
    expect(roles(openai)).toEqual(['user', 'assistant', 'tool', 'assistant', 'tool']);
    expect(openai[1]).toMatchObject({
      content: '[call read, unanswered]\n{"path":"a"}',
      tool_calls: [{ id: 'b' }],
    });
    const anthropic = JSON.stringify(await shapedAs('anthropic', messages));
    expect(anthropic.match(/"tool_use"/g)).toHaveLength(2);
    const late = [user('Read all.'), call('a'), call('b'), { ...answer }, result('b')];
    expect(roles(await shapedAs('anthropic', late))).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(JSON.stringify(await shapedAs('anthropic', late)).match(/"tool_use"/g)).toHaveLength(1);
  });

  it('stands as text where the user made it, whom no model lets call', async () => {
    const messages = [{ ...call('a', 'Read this.'), role: 'user' }];
    for (const shape of ['openai', 'anthropic'])
      expect(await shapedAs(shape, messages)).toEqual([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Read this.' },
            { type: 'text', text: '[call read, unanswered]\n{"path":"a"}' },
          ],
        },
      ]);
  });

  it('is answered directly after it, wherever its result arrived', async () => {
    const messages = [
      user('Read a.'),
      call('a'),
      user('Hurry.'),
      { ...answer },
      result('a'),
      user('Thanks.'),
    ];
    const openai = await shapedAs('openai', messages);
    expect(roles(openai)).toEqual(['user', 'assistant', 'tool', 'user', 'assistant', 'user']);
    const [, , answers] = await shapedAs('anthropic', messages);
    expect(answers.content).toMatchObject([{ type: 'tool_result', tool_use_id: 'a' }, { text: 'Hurry.' }]);
  });

  it('has one result where it was answered twice, as models demand', async () => {
    const failed = {
      role: 'tool',
      parts: [{ type: 'tool_result', call_id: 'a', output: 'Timed out.', is_error: true }],
    };
    const messages = [user('Read a.'), call('a'), failed, result('a'), user('Thanks.')];
    const [, , answers] = await shapedAs('anthropic', messages);
    expect(answers.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: 'Timed out.\nof a' },
      { type: 'text', text: 'Thanks.' },
    ]);
    expect(roles(await shapedAs('openai', messages))).toEqual(['user', 'assistant', 'tool', 'user']);
    expect(roles(await shapedAs('plain', messages))).toEqual(['user', 'assistant', 'tool', 'tool', 'user']);
  });
});

describe('filters', () => {
  it('has an id of its own that models take, though another model counts anew in every turn', async () => {
    await using session = await connect();
    const turn = (...ids: readonly string[]) => [
      {
        role: 'assistant',
        parts: ids.map(call_id => ({ type: 'tool_call', call_id, name: 'look', arguments: {} })),
      },
      ...ids.map(call_id => ({ role: 'tool', parts: [{ type: 'tool_result', call_id, output: call_id }] })),
    ];
    const long = `call_${'7'.repeat(41)}`;
    const waits = { role: 'assistant', parts: turn('functions.look:0')[0]?.parts };
    const messages = [
      { role: 'user', content: 'Look.' },
      ...turn('functions.look:0', 'b', 'b'),
      ...turn('functions.look:0', long),
      ...turn(long),
      waits,
    ];
    const ids = async (shape: 'anthropic' | 'openai', count = messages.length) => {
      const built = await session.call('context_build', { messages: messages.slice(0, count), shape });
      return JSON.stringify(built.messages).match(/(?<="(?:tool_use_|tool_call_)?id":")[^"]*/g);
    };
    const [first, second] = ['functions_look_0', 'functions_look_0_2'];
    const [cut, other] = [long.slice(0, 40), `${long.slice(0, 38)}_2`];
    const pairs = [first, 'b', 'b_2', first, 'b', 'b_2', second, cut, second, cut, other, other];
    for (const shape of ['openai', 'anthropic'] as const) {
      expect(await ids(shape)).toEqual([...pairs, 'functions.look:0']);
      expect(await ids(shape, 5)).toEqual(pairs.slice(0, 6));
    }
  });

  it('looks only at some roles, and drops results whose calls are gone', async () => {
    await using session = await connect();
    const built = await session.call('context_build', { messages: openai, roles: ['user', 'tool'] });
    expect(roles(built.messages)).toEqual(['user']);
    expect(built.report.dropped).toMatchObject([
      { reason: 'no_call', messages: 1 },
      { reason: 'filtered', messages: 3 },
    ]);
  });

  it('reports no more runs of a long conversation when every other message is filtered out', async () => {
    await using session = await connect();
    const messages = Array.from({ length: 100 }, (_, n) =>
      n % 2 ? answer : { role: 'user', content: `${n}?` },
    );
    const { report } = await session.call('context_build', { messages, roles: ['user'] });
    expect(report.included).toMatchObject([{ messages: 50 }]);
    expect(report.dropped).toMatchObject([{ first: 'm2', last: 'm100', messages: 50, reason: 'filtered' }]);
  });

  it('looks only at what came since, whatever the offset, but always at system messages', async () => {
    await using session = await connect();
    const messages = [
      { id: 's', role: 'system', content: 'Be brief.', timestamp: '2020-01-01T00:00:00Z' },
      { id: 'a', role: 'user', content: 'Old.', timestamp: '2026-01-01T11:30:00+02:00' },
      { id: 'b', role: 'assistant', content: 'Old too.' },
      { id: 'c', role: 'user', content: 'New.', timestamp: '2026-01-01T09:45:00-05:00' },
      { id: 'd', role: 'assistant', content: 'New too.' },
    ];
    const built = await session.call('context_build', { messages, since: '2026-01-01T10:00:00Z' });
    expect(built.messages.map(({ id }: Shown) => id)).toEqual(['s', 'c', 'd']);
    await expect(session.call('context_build', { messages, since: 'soon' })).rejects.toThrow(/ISO 8601/);
  });
});

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

describe('filters', () => {
  it('looks only at some roles, and drops results whose calls are gone', async () => {
    await using session = await connect();
    const built = await session.call('context_build', { messages: openai, roles: ['user', 'tool'] });
    expect(roles(built.messages)).toEqual(['user']);
    expect(built.report.dropped.map(({ reason }: { reason: string }) => reason)).toEqual([
      'filtered',
      'filtered',
      'no_call',
      'filtered',
    ]);
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

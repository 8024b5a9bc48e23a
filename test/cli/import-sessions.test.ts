import { writeFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { Place } from './command-line.js';

const lines = (...values: readonly unknown[]) => values.map(value => JSON.stringify(value)).join('\n');

function given(place: Place, name: string, content: string): string {
  const file = place.file(name);
  writeFileSync(file, content);
  return file;
}

const said = (uuid: string, message: object, rest: object = {}) => ({
  type: 'role' in message && message.role === 'assistant' ? 'assistant' : 'user',
  uuid,
  sessionId: 's1',
  timestamp: '2026-01-01T00:00:00.000Z',
  message,
  ...rest,
});

const transcript = [
  { type: 'summary', summary: 'A talk', leafUuid: 'u3' },
  said('u1', { role: 'user', content: 'Read it.' }),
  said('u2', {
    role: 'assistant',
    model: 'claude-opus-4-5',
    content: [{ type: 'tool_use', id: 'c1', name: 'Read', input: { path: 'a.ts' } }],
  }),
  said('u3', { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'gone' }] }),
  said('a1', { role: 'user', content: 'Look into it.' }, { isSidechain: true, agentId: 'x' }),
  { type: 'system', subtype: 'info', uuid: 'n1', content: 'saved' },
];

test('a Claude Code transcript is imported, and again only what is new', async () => {
  using place = new Place();
  const file = given(place, 'talk.jsonl', lines(...transcript));
  const first = JSON.parse((await place.run('import', file, '--json')).out);
  expect(first).toMatchObject({
    format: 'claude-code',
    messages: 4,
    duplicates: 0,
    left_out: { summary: 1, system: 1 },
  });
  expect(first.sessions).toHaveLength(2);
  const more = said('u4', { role: 'assistant', content: [{ type: 'text', text: 'It is gone.' }] });
  given(place, 'talk.jsonl', lines(...transcript, more));
  const second = JSON.parse((await place.run('import', file, '--json')).out);
  expect(second).toMatchObject({ messages: 1, duplicates: 4, sessions: first.sessions });
  await place.within(async engine => {
    const { text, meta, trust } = await engine.sessions.read({ id: 'claude-code:s1' });
    expect(text).toMatch(/Read it\..*\[call c1: Read\]\n\{"path":"a\.ts"\}.*gone.*It is gone\.$/s);
    expect([meta.model, trust]).toEqual(['claude-opus-4-5', 'import']);
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
  });
});

test('a person reads what was imported and where it went', async () => {
  using place = new Place();
  const { out } = await place.run('import', given(place, 'talk.jsonl', lines(...transcript)));
  expect(out).toMatch(/4 messages imported from .*talk\.jsonl \(claude-code\)/);
  expect(out).toMatch(/into session:\/\/ses_/);
  expect(out).toMatch(/1 left out: lines of type summary/);
});

test('a dry run shows the conversations and keeps none of them', async () => {
  using place = new Place();
  const file = given(place, 'talk.jsonl', lines(...transcript));
  const { out } = await place.run('import', file, '--dry-run');
  expect(out).toMatch(/3 messages into claude-code:s1\n.* 1 messages into claude-code:s1\/x\n/);
  expect(out).toMatch(
    /4 messages would be imported from .*talk\.jsonl \(claude-code\), but for those that are there/,
  );
  await place.within(async engine => {
    expect((await engine.status()).counts.events).toBe(0);
  });
});

test('a conversation that holds everywhere is imported as global', async () => {
  using place = new Place();
  const file = given(place, 'talk.jsonl', lines(...transcript));
  const { code } = await place.run('import', file, '--global');
  expect(code).toBe(0);
  await place.within(async engine => {
    expect((await engine.sessions.read({ id: 'claude-code:s1' })).scope).toBe('global');
  });
});

const openai = [
  { role: 'user', content: 'Read it.' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', function: { name: 'read', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'c', content: 'gone' },
];
const anthropic = {
  system: 'Be brief.',
  messages: [
    { role: 'user', content: 'Read it.' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'read', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'gone' }] },
  ],
};

test.each([
  ['an array of OpenAI messages', JSON.stringify(openai), 'openai', 3],
  ['the same, indented, in an object', JSON.stringify({ messages: openai }, null, 2), 'openai', 3],
  ['the same, a message a line', lines(...openai), 'openai', 3],
  ['an Anthropic history', JSON.stringify(anthropic, null, 2), 'anthropic', 4],
  ['a history a line', lines({ messages: openai }, { messages: openai }), 'openai', 6],
])('%s is imported once', async (_what, content, format, messages) => {
  using place = new Place();
  const file = given(place, 'history.json', content);
  const first = JSON.parse((await place.run('import', file, '--json')).out);
  expect(first).toMatchObject({ format, messages, duplicates: 0 });
  const again = JSON.parse((await place.run('import', file, '--json')).out);
  expect(again).toMatchObject({ messages: 0, duplicates: messages, sessions: first.sessions });
});

test('more messages than one call takes are imported in order', async () => {
  using place = new Place();
  const many = Array.from({ length: 1234 }, (_, n) => ({ role: 'user', content: `${n}` }));
  const file = given(place, 'long.json', JSON.stringify(many));
  const { sessions } = JSON.parse((await place.run('import', file, '--json')).out);
  await place.within(async engine => {
    const { text } = await engine.sessions.read({ id: sessions[0] });
    expect([...text.matchAll(/^\[\d+\] user\n(\d+)$/gm)].map(([, n]) => Number(n))).toEqual(
      many.map((_, n) => n),
    );
  });
});

test('where secrets are refused, one in the last message keeps all of them out', async () => {
  using place = new Place();
  const many = Array.from({ length: 600 }, (_, n) => ({ role: 'user', content: `${n}` }));
  const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
  const file = given(place, 'secret.json', JSON.stringify([...many, { role: 'user', content: secret }]));
  const { code, err } = await place.run('import', file, '--redact', 'reject');
  expect([code, err]).toEqual([1, expect.stringMatching(/looks like a secret/)]);
  await place.within(async engine => {
    expect((await engine.status()).counts.events).toBe(0);
  });
});

describe('a bad history imports nothing and says where it is bad', () => {
  const cut = JSON.stringify(openai, null, 2).slice(0, -20);
  it.each([
    [
      'a transcript line without content',
      lines(...transcript, said('u9', { role: 'user' })),
      /line 7.*content/,
    ],
    ['a transcript line that was cut off', `${lines(...transcript)}\n{"type":"us`, /line 7: it is not JSON/],
    ['a lone surrogate', lines(said('u', { role: 'user', content: '\ud800' })), /line 1.*lone surrogate/],
    ['a document that was cut off', cut, /line \d+: it is not JSON/],
    [
      'a result without its call',
      JSON.stringify([...openai, { role: 'tool', content: 'x' }]),
      /message 4.*tool_call_id/,
    ],
    [
      'an unknown role',
      JSON.stringify([
        { role: 'user', content: 'a' },
        { role: 'bot', content: 'b' },
      ]),
      /message 2.*role/,
    ],
    ['what is none of these', '{"hello": 1}', /nor a history of messages/],
  ])('%s', async (_what, content, message) => {
    using place = new Place();
    const { code, err } = await place.run('import', given(place, 'bad.json', content));
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
    await place.within(async engine => {
      expect((await engine.status()).counts.events).toBe(0);
    });
  });
});

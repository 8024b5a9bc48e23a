import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/schema/message.js';
import { fromAnthropic } from '../../src/session/from-anthropic.js';
import { fromClaudeCode } from '../../src/session/from-claude-code.js';
import { fromOpenAI } from '../../src/session/from-openai.js';
import { toAnthropic, toOpenAI } from '../../src/session/shapes.js';

const text = (of: string): Part => ({ type: 'text', text: of });
const call: Part = {
  type: 'tool_call',
  call_id: 'c1',
  name: 'read',
  arguments: { path: 'a.ts', deep: { b: 1, a: [] } },
};
const result: Part = { type: 'tool_result', call_id: 'c1', output: 'gone', is_error: true };

describe('OpenAI messages', () => {
  const history = [
    { role: 'developer' as const, content: 'Be brief.' },
    { role: 'user' as const, name: 'ada', content: 'Read it.' },
    {
      role: 'assistant' as const,
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{"path":"a.ts"}' } }],
    },
    { role: 'tool' as const, tool_call_id: 'c1', content: 'gone' },
    {
      role: 'assistant' as const,
      content: [
        { type: 'text', text: 'It is' },
        { type: 'text', text: 'gone.' },
      ],
    },
  ];

  it('come and go, with developer as system', () => {
    const given = fromOpenAI(history);
    expect(given.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant']);
    const back = toOpenAI(given.map(({ parts = [], ...rest }) => ({ ...rest, parts })));
    expect(back).toEqual([{ role: 'system', content: 'Be brief.' }, ...history.slice(1)]);
  });

  it('keep arguments that are no JSON, and the functions of old', () => {
    const broken = { id: 'c', function: { name: 'run', arguments: '{"a": ' } };
    const [message] = fromOpenAI([{ role: 'assistant', tool_calls: [broken] }]);
    expect(
      toOpenAI([{ role: 'assistant', parts: message?.parts ?? [] }])[0]?.tool_calls?.[0]?.function,
    ).toEqual(broken.function);
    const old = fromOpenAI([
      { role: 'assistant', content: null, function_call: { name: 'run', arguments: '{}' } },
      { role: 'function', name: 'run', content: 'done' },
    ]);
    expect(old.flatMap(({ parts }) => parts)).toMatchObject([
      { type: 'tool_call', call_id: 'run' },
      { type: 'tool_result', call_id: 'run', output: 'done' },
    ]);
  });

  it('refer to images, and name by their hash those that lie within', () => {
    const url = 'https://example.org/cat.png';
    const data = `data:image/png;base64,${'A'.repeat(100)}`;
    const images = [url, data].map(at => ({ type: 'image_url', image_url: { url: at } }));
    const [message] = fromOpenAI([{ role: 'user', content: [{ type: 'text', text: 'See.' }, ...images] }]);
    expect(message?.parts).toMatchObject([
      text('See.'),
      { type: 'file_ref', uri: url },
      { type: 'file_ref', uri: expect.stringMatching(/^sha256:/), mime: 'image/png' },
    ]);
  });

  it.each([
    [{ role: 'tool' as const, content: 'x' }, /without tool_call_id/],
    [{ role: 'function' as const, content: 'x' }, /without tool_call_id/],
  ])('that cannot be kept are refused: %j', (message, problem) => {
    expect(() => fromOpenAI([message])).toThrow(problem);
  });

  it('stand for what OpenAI does not take: reasoning goes, results stand apart, names are made fit', () => {
    const parts = [result, text('And?'), { type: 'patch' as const, path: 'a', diff: '+b' }];
    expect(toOpenAI([{ role: 'user', name: 'Ada Lovelace', parts }])).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: 'gone' },
      { role: 'user', name: 'Ada_Lovelace', content: [text('And?'), text('[patch: a]\n+b')] },
    ]);
    expect(
      toOpenAI([{ role: 'assistant', parts: [{ type: 'reasoning', text: 'Hm.' }, text('So.')] }]),
    ).toEqual([{ role: 'assistant', content: 'So.' }]);
    expect(toOpenAI([{ role: 'tool', parts: [text('loose')] }])).toEqual([
      { role: 'user', content: 'loose' },
    ]);
  });
});

describe('Anthropic messages', () => {
  const blocks = {
    system: 'Be brief.',
    messages: [
      { role: 'user' as const, content: [{ type: 'text', text: 'Read it.' }] },
      {
        role: 'assistant' as const,
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
          { type: 'redacted_thinking', data: 'xyz' },
          { type: 'tool_use', id: 'c1', name: 'read', input: { path: 'a.ts' } },
        ],
      },
      {
        role: 'user' as const,
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'gone', is_error: true },
          { type: 'text', text: 'So?' },
        ],
      },
    ],
  };

  it('come and go; results are messages of the tool between', () => {
    const given = fromAnthropic(blocks);
    expect(given.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'user']);
    const kept = given.map(({ role, parts, content }) => ({ role, parts: parts ?? [text(content ?? '')] }));
    expect(toAnthropic(kept)).toEqual(blocks);
  });

  it('join neighbours of one role, and leave out what Anthropic refuses', () => {
    const made = toAnthropic([
      { role: 'system', parts: [text('One.')] },
      { role: 'user', parts: [text('a')] },
      { role: 'user', parts: [text('  ')] },
      { role: 'system', parts: [text('Two.')] },
      { role: 'assistant', parts: [{ type: 'reasoning', text: 'unsigned' }] },
      { role: 'user', parts: [text('b')] },
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [result] },
    ]);
    expect(made.system).toBe('One.\n\nTwo.');
    expect(made.messages.map(({ role, content }) => [role, content.length])).toEqual([
      ['user', 2],
      ['assistant', 1],
      ['user', 1],
    ]);
  });

  it('that cannot be kept are refused, by what is missing', () => {
    const message = (block: { type: string }) => ({
      messages: [{ role: 'user' as const, content: [block] }],
    });
    expect(() => fromAnthropic(message({ type: 'tool_use' }))).toThrow(/tool_use block without id/);
    expect(() => fromAnthropic(message({ type: 'tool_result' }))).toThrow(/without tool_use_id/);
  });

  it('and OpenAI messages keep the JSON of kinds of parts that nobody knows yet', () => {
    const content = [{ type: 'hologram', depth: 3 }];
    const parts = [text('{"type":"hologram","depth":3}')];
    expect(fromAnthropic({ messages: [{ role: 'user', content }] })).toEqual([{ role: 'user', parts }]);
    expect(fromOpenAI([{ role: 'user', content }])).toEqual([{ role: 'user', parts }]);
  });

  it('keep results of several blocks as one text', () => {
    const content = [
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ];
    const [message] = fromAnthropic({
      messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content }] }],
    });
    expect(message).toEqual({
      role: 'tool',
      parts: [{ type: 'tool_result', call_id: 'c', output: 'one\ntwo' }],
    });
  });
});

describe('lines of Claude Code', () => {
  const line = { type: 'user', uuid: 'u1', sessionId: 's1', timestamp: '2026-01-01T00:00:00Z', cwd: '/app' };

  it('are messages under their uuid, results and words apart', () => {
    const content = [
      { type: 'tool_result', tool_use_id: 'c', content: 'ok' },
      { type: 'text', text: 'Go on.' },
    ];
    const found = fromClaudeCode({ ...line, message: { role: 'user', content } });
    expect(found?.conversation).toBe('s1');
    expect(found?.messages).toMatchObject([
      { id: 'u1', role: 'tool', timestamp: line.timestamp, metadata: { claude_code: { cwd: '/app' } } },
      { id: 'u1#2', role: 'user', parts: [text('Go on.')] },
    ]);
  });

  it('of an agent are a conversation of their own, and notices are none', () => {
    const message = { role: 'user', content: 'Look.' };
    expect(fromClaudeCode({ ...line, isSidechain: true, agentId: 'a7', message })?.conversation).toBe(
      's1/a7',
    );
    expect(fromClaudeCode({ type: 'summary', summary: 'A talk', leafUuid: 'u1' })).toBeUndefined();
    expect(() => fromClaudeCode({ ...line, message: { role: 'user' } })).toThrow(/content/);
  });
});

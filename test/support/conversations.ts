import fc from 'fast-check';
import type { GivenMessage, Message, Part } from '../../src/schema/message.js';
import { character } from './unicode.js';

/** A conversation as it happens to be: any role anywhere, calls answered late, twice, never or by nobody. */
export const conversation = (maxLength = 40): fc.Arbitrary<GivenMessage[]> =>
  fc.array(turn, { maxLength }).map(turns => turns.flat());

/** Messages with ids, sequence numbers and the tokens that `count` finds in them. */
export const counted = (
  given: readonly GivenMessage[],
  count: (message: { readonly name?: string | undefined; readonly parts: readonly Part[] }) => number,
): Message[] =>
  given.map(({ id, role, content, parts, name, timestamp }, at) => {
    const all: Part[] = parts ?? (content === undefined ? [] : [{ type: 'text', text: content }]);
    const message = { role, parts: all, name, timestamp };
    return { id: id ?? `m${at + 1}`, sequence: at + 1, ...message, tokens: count(message) };
  });

const WORDS = [
  'deploy',
  'getUserById',
  'src/store/ledger.ts',
  '東京に行く',
  '日本語のテキスト',
  '👩‍👩‍👧',
  '🎉',
  'ünïcödé',
  '<|endoftext|>',
  'blob://blob_1',
  '\n',
  'สวัสดี',
  '한국어',
];
const words = (maxLength: number) =>
  fc.array(fc.constantFrom(...WORDS), { maxLength }).map(some => some.join(' '));
const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: words(12) },
  { weight: 2, arbitrary: fc.string({ unit: character, maxLength: 40 }).map(some => some.toWellFormed()) },
  { weight: 1, arbitrary: fc.integer({ min: 50, max: 900 }).map(times => 'word and 語 '.repeat(times)) },
  { weight: 1, arbitrary: fc.constant('') },
);

const callId = fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5', 'c6');
const toolName = fc.constantFrom('read_file', 'bash', 'skill');
const call = (id: string, name: string): Part => ({
  type: 'tool_call',
  call_id: id,
  name,
  arguments: { path: 'src/a.ts', limit: 3 },
});
const result = (id: string, output: string): Part => ({ type: 'tool_result', call_id: id, output });

const said = fc
  .tuple(fc.constantFrom('user', 'user', 'assistant', 'system'), text, fc.boolean())
  .map(([role, content, named]): GivenMessage[] => [{ role, content, ...(named && { name: 'ada' }) }]);
const answered = fc
  .tuple(fc.array(fc.tuple(callId, toolName, text), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([calls, apart]): GivenMessage[] => {
    const asking: GivenMessage = { role: 'assistant', parts: calls.map(([id, name]) => call(id, name)) };
    const results = calls.map(([id, , output]) => result(id, output));
    return apart
      ? [asking, ...results.map((part): GivenMessage => ({ role: 'tool', parts: [part] }))]
      : [asking, { role: 'tool', parts: results }];
  });
const unfinished = fc
  .tuple(callId, toolName)
  .map(([id, name]): GivenMessage[] => [{ role: 'assistant', parts: [call(id, name)] }]);
const late = fc
  .tuple(callId, text, fc.constantFrom('tool', 'user'), fc.boolean())
  .map(([id, output, role, more]): GivenMessage[] => [
    { role, parts: more ? [result(id, output), { type: 'text', text: 'and go on' }] : [result(id, output)] },
  ]);
const attached = text.map((outline): GivenMessage[] => [
  {
    role: 'user',
    parts: [
      { type: 'text', text: 'see this' },
      { type: 'file_ref', uri: 'blob://blob_9', name: 'photo.png', mime: 'image/png', outline },
      { type: 'patch', path: 'src/a.ts', diff: '+a\n-b' },
    ],
  },
]);
const thinking = text.map((reasoning): GivenMessage[] => [
  {
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: reasoning },
      { type: 'text', text: 'done' },
    ],
  },
]);
const empty: fc.Arbitrary<GivenMessage[]> = fc
  .constantFrom('user', 'assistant')
  .map(role => [{ role, parts: [] }]);

const turn: fc.Arbitrary<GivenMessage[]> = fc.oneof(
  { weight: 6, arbitrary: said },
  { weight: 4, arbitrary: answered },
  { weight: 1, arbitrary: unfinished },
  { weight: 2, arbitrary: late },
  { weight: 1, arbitrary: attached },
  { weight: 1, arbitrary: thinking },
  { weight: 1, arbitrary: empty },
);

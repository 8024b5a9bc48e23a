import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMessage } from '../../src/session/body.js';
import { visibleMessages } from '../../src/store/messages.js';
import { connect } from '../support/connect.js';
import { storeFor } from '../support/engines.js';
import { seedOfRun } from '../support/mintmark.js';
import { databasePath } from '../support/remember.js';
import { runs } from '../support/sweep.js';
import { character } from '../support/unicode.js';

/** Any well-formed Unicode but NUL, biased to what is odd: CJK, emoji, combining marks, special tokens. */
const text = fc.oneof(
  fc.string({ unit: character, maxLength: 60 }).map(kept),
  fc.string({ unit: 'grapheme', maxLength: 60 }).map(kept),
  fc.constantFrom(
    '',
    ' ',
    '\r\n',
    '<|endoftext|>',
    '\ufeffBOM',
    '👩‍👩‍👧‍👦',
    'e\u0301 ≠ é',
    '\u202egnp',
    '{"a": 1}',
    '漢字',
  ),
);
const id = fc.string({ minLength: 1, maxLength: 40 }).map(kept).filter(Boolean);
const json = fc.dictionary(text, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }).map(value => {
  const copy: Record<string, unknown> = JSON.parse(kept(JSON.stringify(value)).replaceAll('\\u0000', ''));
  return copy;
});
const wellFormed = (value: unknown) =>
  JSON.stringify(value).isWellFormed() && !/\\u(?:0000|d[89a-f])/i.test(JSON.stringify(value));

const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('reasoning'), text, signature: text }, { requiredKeys: ['type', 'text'] }),
  fc.record({ type: fc.constant('tool_call'), call_id: id, name: id, arguments: json.filter(wellFormed) }),
  fc.record(
    { type: fc.constant('tool_result'), call_id: id, name: id, output: text, is_error: fc.boolean() },
    { requiredKeys: ['type', 'call_id', 'output'] },
  ),
  fc.record(
    { type: fc.constant('file_ref'), uri: id, name: text, mime: text, outline: text },
    { requiredKeys: ['type', 'uri'] },
  ),
  fc.record({ type: fc.constant('patch'), path: id, diff: text }),
);
const message = fc.record(
  {
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    parts: fc.array(part, { maxLength: 4 }),
    name: id,
    timestamp: fc.string({ maxLength: 40 }).map(kept),
    metadata: json.filter(wellFormed),
  },
  { requiredKeys: ['role', 'parts'] },
);

test('random messages come back byte for byte, in order, and the file is sound', async () => {
  const seed = seedOfRun();
  const db = databasePath();
  await using server = await connect({ db, options: { redact: 'off', durability: 'normal' } });
  const store = storeFor(db);
  const property = fc.asyncProperty(fc.array(message, { maxLength: 8 }), async messages => {
    const { session_id } = await server.call('session_append', { messages });
    const read = await store.read('default', async reader =>
      (await visibleMessages(reader, session_id, { after: 0, limit: 100 })).map(openMessage),
    );
    const given = read.map(({ id: _id, sequence: _sequence, tokens: _tokens, ...rest }) => rest);
    // The server writes fields in an order of its own; what is inside them stays as it was.
    expect(given.map(fields)).toEqual(messages.map(fields));
  });
  await fc.assert(property, { seed, numRuns: runs(100) });
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  await store.close();
});

const fields = (message: Readonly<Record<string, unknown>>) =>
  Object.entries(message)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, JSON.stringify(name === 'parts' ? partsOf(value) : value)])
    .sort();

const partsOf = (parts: unknown): unknown =>
  Array.isArray(parts) ? parts.map(one => Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : parts;

function kept(value: string): string {
  return value.toWellFormed().replaceAll('\0', '');
}

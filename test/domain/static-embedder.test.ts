import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { staticEmbedder } from '../../src/models/embedders/static.js';
import { decode, encode } from '../../src/models/embedders/static-table.js';

const embedder = staticEmbedder();
const embed = (...texts: string[]) => embedder.embed(texts, { kind: 'passage' });

const cosine = (left: Float32Array, right: Float32Array): number =>
  left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);

async function likeness(left: string, right: string): Promise<number> {
  const [one = new Float32Array(), other = new Float32Array()] = await embed(left, right);
  return cosine(one, other);
}

const sha256 = (bytes: Buffer | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('the table and what is made of it are those of the name: change both together', async () => {
  expect(embedder.name).toBe('static-2');
  expect(sha256(readFileSync('static-vectors/words.bin'))).toBe(
    'f9cb497e24178630c1e927e720c73aa3ac2f6a67aa069b46e428ffcf66d541da',
  );
  const vectors = await embed('We moved the nightly backup to Frankfurt', 'getUserById throws on 東京都');
  expect(sha256(Buffer.concat(vectors.map(({ buffer }) => Buffer.from(buffer))))).toBe(
    '9c76ff415a77003eb165198f61d74b493af29278864b5920003685cbd1ac856e',
  );
});

test('the table stays below 8 MB', () => {
  expect(readFileSync('static-vectors/words.bin').length).toBeLessThan(8_000_000);
});

test('every text with a word in it has a vector of length 1, whatever the word', async () => {
  const texts = [
    'tea',
    'the',
    'Zxqyvw',
    'ß',
    '42',
    '9f86d081884c7d65',
    '東',
    '東京',
    'ไทย',
    'été',
    'x'.repeat(5000),
  ];
  for (const vector of await embed(...texts)) {
    expect(vector).toHaveLength(embedder.dims);
    expect(cosine(vector, vector)).toBeCloseTo(1, 5);
  }
});

test('a text without a word has the zero vector', async () => {
  for (const vector of await embed('', ' \n', '!?…', '\ud800')) {
    expect(vector).toHaveLength(embedder.dims);
    expect(vector.every(value => value === 0)).toBe(true);
  }
});

test('a question lies nearer to what answers it than to anything else, without a word in common', async () => {
  const facts = [
    'Deployments go to production every Friday',
    'Maria works as a nurse',
    'The cache is flushed when prices change',
    'Our dog is afraid of thunder',
  ];
  const asked = [
    'Which weekday is for releases?',
    'What is her profession?',
    'What clears memoized results?',
    'Does the family have a pet?',
  ];
  const passages = await embed(...facts);
  const queries = await embedder.embed(asked, { kind: 'query' });
  const nearest = queries.map(query => {
    const near = passages.map(passage => cosine(query, passage));
    return near.indexOf(Math.max(...near));
  });
  expect(nearest).toEqual([0, 1, 2, 3]);
});

test.each([
  ['getUserById', 'get user by id'],
  ['retry_backoff_ms', 'backoff before a retry'],
  ['src/billing/invoice.ts', 'billing invoice'],
])('the identifier %s lies near its words', async (identifier, words) => {
  expect(await likeness(identifier, words)).toBeGreaterThan(0.7);
});

test.each([
  ['東京に住んでいます', '東京の住所', '猫が好きです'],
  ['我在北京工作', '北京的工作', '我喜欢喝咖啡'],
  ['데이터베이스 백업', '데이터베이스를 복구', '고양이가 잔다'],
])('%s lies nearer to %s than to %s', async (text, near, far) => {
  expect(await likeness(text, near)).toBeGreaterThan((await likeness(text, far)) + 0.1);
});

test('an unknown word lies near its misspelling, and near a form of a word the word itself', async () => {
  expect(await likeness('Zyxwvutsrq', 'Zyxwvutsq')).toBeGreaterThan(0.5);
  expect(await likeness('refactored', 'refactor')).toBeCloseTo(1, 5);
});

test('a call that was given up rejects with its reason', async () => {
  const signal = AbortSignal.abort(new Error('no longer needed'));
  await expect(embedder.embed(['tea'], { kind: 'query', signal })).rejects.toThrow('no longer needed');
});

test('a table survives writing and reading, and anything else is no table', () => {
  const table = { dims: 2, scales: Float32Array.of(0.5, 2), rows: Int8Array.of(1, -1, 127, -127) };
  const bytes = encode(['tea', 'été'], table);
  expect(decode(bytes)).toEqual({
    ...table,
    rowOf: new Map([
      ['tea', 0],
      ['été', 1],
    ]),
  });
  for (const damaged of [Buffer.alloc(0), Buffer.from('no table at all'), bytes.subarray(0, 24)])
    expect(decode(damaged)).toBeUndefined();
});

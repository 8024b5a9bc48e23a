import { expect, test } from 'vitest';
import { features, question, type Signals, sumOf } from '../../src/search/features.js';

const NOW = Date.parse('2023-06-14T09:30:00Z');
const best = { memory: 10, passage: 10 };
const asked = (query: string) => question(query, { now: NOW, best, semanticWeight: 0.3 });

const memory = (signals: Partial<Signals> = {}): Signals => ({ kind: 'memory', at: NOW, ...signals });
const message = (sequence: number, signals: Partial<Signals> = {}): Signals => ({
  kind: 'message',
  session: 'ses_1',
  sequence,
  at: NOW,
  ...signals,
});

const relevances = (candidates: readonly Signals[], query = 'tea in the garden') =>
  features(candidates, asked(query)).map(sumOf);

/** The places of the candidates, best first. */
const order = (candidates: readonly Signals[], query?: string) => {
  const relevance = relevances(candidates, query);
  return [...candidates.keys()].sort((left, right) => (relevance[right] ?? 0) - (relevance[left] ?? 0));
};

test('what says the query word for word and means the same has relevance 1', () => {
  expect(relevances([memory({ bm25: 10, cosine: 0.6 }), memory({ bm25: 2, cosine: 0.1 })])[0]).toBeCloseTo(1);
});

test('a memory that holds no word is near only when it is very near', () => {
  const [near = 0, far = 0] = relevances([
    memory({ cosine: 0.6 }),
    memory({ cosine: 0.3 }),
    memory({ bm25: 1 }),
  ]);
  expect(near).toBeGreaterThan(7 * far);
});

test('what neither finds has relevance 0, and no candidates have no features', () => {
  expect(relevances([memory({ bm25: 10, cosine: 0.9 }), memory()])[1]).toBe(0);
  expect(features([], asked('tea'))).toEqual([]);
});

test('words that say little of the query give way to the nearest in meaning', () => {
  const shared = memory({ bm25: 3, cosine: 0.2 });
  const meant = memory({ cosine: 0.6 });
  expect(order([shared, meant])).toEqual([1, 0]);
  expect(order([memory({ bm25: 9, cosine: 0.2 }), meant])).toEqual([0, 1]);
});

test('where two are very near in meaning, half of the words outweigh who is nearer', () => {
  expect(order([memory({ cosine: 0.9 }), memory({ bm25: 5, cosine: 0.65 })])).toEqual([1, 0]);
});

test('a few of the words say far less than their share, except in pairs of characters', () => {
  const some = [memory({ bm25: 4, cosine: 0.1 }), memory({ cosine: 0.1 })];
  const [, { lexical: none = 0 } = {}] = features(some, asked('tea in the garden'));
  const [{ lexical: words = 0 } = {}] = features(some, asked('tea in the garden'));
  const [{ lexical: pairs = 0 } = {}] = features(some, asked('東京の庭でお茶'));
  expect([words, pairs, none].map(value => Number(value.toFixed(3)))).toEqual([0.112, 0.28, 0]);
});

test('every feature has its share in the sum', () => {
  const [parts = {}] = features(
    [memory({ bm25: 10, cosine: 0.9 }), memory({ bm25: 1, cosine: 0.1 })],
    asked('tea'),
  );
  expect(Object.keys(parts)).toEqual(['lexical', 'semantic']);
  expect(sumOf(parts)).toBeCloseTo(Object.values(parts).reduce((sum, part) => sum + part, 0));
});

test('words two turns away speak for a message, those of another session do not', () => {
  const best = message(1, { bm25: 8 });
  const near = message(3, { bm25: 4 });
  const elsewhere = message(3, { bm25: 4, session: 'ses_2' });
  const [, there = 0, other = 0] = features([best, near, elsewhere], asked('tea')).map(
    ({ lexical = 0 }) => lexical,
  );
  expect(there).toBeGreaterThan(other);
});

test('a message of the session that says most stands above its like of another', () => {
  const candidates = [
    message(1, { bm25: 8 }),
    message(40, { bm25: 4 }),
    message(40, { bm25: 4, session: 'ses_2' }),
  ];
  expect(order(candidates)).toEqual([0, 1, 2]);
});

test('what the named one said stands above what others said; a name that all bear decides nothing', () => {
  const said = [message(1, { bm25: 5, name: 'John' }), message(9, { bm25: 5, name: 'Maria Lopez' })];
  expect(order(said, 'What does Maria drink?')).toEqual([1, 0]);
  expect(features(said, asked('What do John and Maria drink?')).some(({ speaker }) => speaker)).toBe(false);
  expect(features(said, asked('What does she drink?')).some(({ speaker }) => speaker)).toBe(false);
});

test('a name that is also a common word is not taken for a mention', () => {
  const said = [message(1, { bm25: 5, name: 'Will' }), message(9, { bm25: 5, name: 'Maria' })];
  expect(features(said, asked('When will the tea be ready?')).some(({ speaker }) => speaker)).toBe(false);
});

test('an answer stands above its question, and a long message above a short one', () => {
  const text = 'I had a pot of tea in the garden with my sister and her two daughters.';
  const question = message(1, {
    bm25: 5,
    text: 'Did you have a pot of tea in the garden with your sister too?',
  });
  expect(order([question, message(2, { bm25: 5, text })])).toEqual([1, 0]);
  expect(order([message(1, { bm25: 5, text: 'Tea!' }), message(9, { bm25: 5, text })])).toEqual([1, 0]);
});

test('asked when, a message with a time in it stands above one without', () => {
  const candidates = [
    message(1, { bm25: 5, text: 'We had tea in the garden.' }),
    message(9, { bm25: 5, text: 'We had tea on Sunday.' }),
  ];
  expect(order(candidates, 'When was there tea?')).toEqual([1, 0]);
  expect(features(candidates, asked('Was there tea?')).some(({ timeless }) => timeless)).toBe(false);
});

test('what lies in the time the query speaks of stands above what does not, whatever its kind', () => {
  const candidates = [
    memory({ bm25: 5, at: Date.parse('2022-03-01') }),
    memory({ bm25: 5, at: Date.parse('2023-06-08') }),
    message(1, { bm25: 5, at: Date.parse('2023-06-08') }),
  ];
  expect(order(candidates, 'tea last week')[2]).toBe(0);
});

test('a message is never above a memory that words and vectors find as well', () => {
  const found = { bm25: 10, cosine: 0.9 };
  const [best = 0, said = 0] = relevances([
    memory(found),
    message(1, { ...found, text: 'Tea in the garden!' }),
  ]);
  expect(best).toBeGreaterThanOrEqual(said);
});

import { expect, test } from 'vitest';
import { ownSets, together } from '../../bench/recall/sets.js';
import { normalisedText, termSet } from '../../src/memory/compare.js';
import { analyse } from '../../src/text/analyse.js';

const sets = new Map(ownSets().map(({ name, corpus }) => [name, corpus]));
const memories = new Map([...sets.values()].flatMap(corpus => corpus.memories.map(one => [one.id, one])));
const questionsOf = (set: string) => sets.get(set)?.questions ?? [];
const stems = (text = '') => termSet(analyse(text));

test('each set is as large as a figure needs it', () => {
  expect(questionsOf('paraphrase').length).toBeGreaterThanOrEqual(200);
  for (const set of ['code', 'cjk', 'updates']) expect(questionsOf(set).length).toBeGreaterThanOrEqual(100);
  expect(sets.get('distractors')?.memories.length).toBeGreaterThanOrEqual(500);
});

test('a paraphrase question shares no stem of a content word with its memory', () => {
  const shared = questionsOf('paraphrase').flatMap(({ question, evidence }) => {
    const own = new Set(evidence.flatMap(id => [...stems(memories.get(id)?.memory)]));
    return [...stems(question)].filter(stem => own.has(stem)).map(stem => `${stem}: ${question}`);
  });
  expect(shared).toEqual([]);
});

test('a paraphrase question says something', () => {
  const empty = questionsOf('paraphrase').filter(({ question }) => stems(question).size === 0);
  expect(empty.map(({ question }) => question)).toEqual([]);
});

test('the memories of an update stand beside each other: one replaced, one current', () => {
  for (const { evidence, stale } of questionsOf('updates'))
    expect([evidence.length, stale.length]).toEqual([1, 1]);
});

test('the three scripts have about a third each', () => {
  const counts = ['chinese', 'japanese', 'korean'].map(
    language => questionsOf('cjk').filter(({ category }) => category === language).length,
  );
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(questionsOf('cjk').length / 3 - 5);
});

test('nothing is stored or asked twice, over all sets', () => {
  const { memories: stored, questions } = together(ownSets());
  const twice = (texts: readonly string[]) => {
    const normalised = texts.map(normalisedText);
    return texts.filter((_, index) => normalised.indexOf(normalised[index] ?? '') !== index);
  };
  expect(twice(stored.map(({ memory }) => memory))).toEqual([]);
  expect(twice(stored.map(({ id }) => id))).toEqual([]);
  expect(twice(questions.map(({ question }) => question))).toEqual([]);
});

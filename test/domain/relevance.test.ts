import { expect, it } from 'vitest';
import { relevanceOf } from '../../src/search/relevance.js';

const values = (evidence: Parameters<typeof relevanceOf>[0]) =>
  relevanceOf(evidence).map(({ relevance }) => relevance);

it('is the score from the least to the greatest, as 0 to 1', () => {
  expect(values([{ raw: 2 }, { raw: 6 }, { raw: 4 }, { raw: null }])).toEqual([1 / 3, 1, 2 / 3, 0]);
  expect(values([])).toEqual([]);
});

it('is 1 for all where all are equal', () => {
  expect(values([{ raw: 3 }, { raw: 3 }])).toEqual([1, 1]);
});

it('goes by the sum of the features where there are some, and shows them', () => {
  expect(
    relevanceOf([
      { raw: 1, features: { lexical: 0.7, short: -0.1 } },
      { raw: 9, features: { lexical: 0.1, semantic: 0.1 } },
    ]),
  ).toEqual([
    { relevance: 1, lexical: 0.7, short: -0.1 },
    { relevance: 0, lexical: 0.1, semantic: 0.1 },
  ]);
});

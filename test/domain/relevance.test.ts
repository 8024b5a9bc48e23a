import { expect, it } from 'vitest';
import { relevanceOf } from '../../src/search/relevance.js';

it('is the value from the least to the greatest, as 0 to 1', () => {
  expect(relevanceOf([2, 6, 4, 0])).toEqual([1 / 3, 1, 2 / 3, 0]);
  expect(relevanceOf([])).toEqual([]);
});

it('is 1 for all where all are equal', () => {
  expect(relevanceOf([3, 3])).toEqual([1, 1]);
});

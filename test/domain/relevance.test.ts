import fc from 'fast-check';
import { expect, it } from 'vitest';
import { relevanceOf } from '../../src/search/relevance.js';

const share = { semanticWeight: 0.25 };
const values = (evidence: Parameters<typeof relevanceOf>[0]) =>
  relevanceOf(evidence, share).map(({ relevance }) => relevance);

it('goes by words alone, or by meaning alone, where only one was asked', () => {
  expect(values([{ raw: 2 }, { raw: 6 }, { raw: 4 }])).toEqual([0, 1, 0.5]);
  expect(
    values([
      { raw: null, cosine: 0.2 },
      { raw: null, cosine: 0.6 },
    ]),
  ).toEqual([0, 1]);
  expect(relevanceOf([{ raw: 1 }], share)).toEqual([{ relevance: 1 }]);
  expect(values([])).toEqual([]);
});

it('adds both by their shares, and says what each gave', () => {
  const evidence = [
    { raw: 10, cosine: 0.1 },
    { raw: 0, cosine: 0.9 },
    { raw: null, cosine: 0.5 },
    { raw: 5, cosine: null },
  ];
  expect(relevanceOf(evidence, share)).toEqual([
    { relevance: 0.75, lexical: 1, semantic: 0 },
    { relevance: 0.25, lexical: 0, semantic: 1 },
    { relevance: 0.125, lexical: 0, semantic: 0.5 },
    { relevance: 0.375, lexical: 0.5, semantic: 0 },
  ]);
});

it('is 1 for all where all are equal', () => {
  expect(
    values([
      { raw: 3, cosine: 0.5 },
      { raw: 3, cosine: 0.5 },
    ]),
  ).toEqual([1, 1]);
});

it('lies between 0 and 1 and keeps the order of candidates that differ in one score only', () => {
  const score = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ raw: score, cosine: score }), { minLength: 2 }),
      score,
      (evidence, raw) => {
        const [first = { raw: 0, cosine: 0 }] = evidence;
        const found = values([{ ...first, raw }, ...evidence]);
        for (const relevance of found) expect(relevance >= 0 && relevance <= 1).toBe(true);
        expect(
          Math.sign((found[0] ?? 0) - (found[1] ?? 0)) * Math.sign(raw - first.raw),
        ).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

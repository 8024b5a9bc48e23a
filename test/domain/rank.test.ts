import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rankable, rank as rankBlock } from '../../src/search/rank.js';

const NOW = Date.UTC(2026, 0, 31);
const DAY = 86_400_000;
const weights = {
  relevanceWeight: 0.5,
  importanceWeight: 0.3,
  recencyWeight: 0.2,
  recencyDays: 30,
};

const candidate = (id: string, fields: Partial<Rankable> = {}): Rankable => ({
  id,
  raw: 1,
  importance: 0.5,
  created_at: NOW,
  superseded_by: null,
  ...fields,
});
const rank = (candidates: readonly Rankable[], ...rest: [typeof weights, number]) =>
  rankBlock({ candidates }, ...rest);
const order = (candidates: readonly Rankable[]) => rank(candidates, weights, NOW).map(({ id }) => id);

/** Each may be superseded by one with a higher number, so that chains and no cycles come about. */
const candidates = fc
  .array(
    fc.record({
      raw: fc.double({ min: 0, max: 50, noNaN: true }),
      importance: fc.double({ min: 0, max: 1, noNaN: true }),
      age: fc.integer({ min: -5 * DAY, max: 60 * DAY }),
      step: fc.option(fc.integer({ min: 1, max: 5 })),
    }),
    { maxLength: 30 },
  )
  .map(all =>
    all.map(({ raw, importance, age, step }, at) =>
      candidate(`mem_${at}`, {
        raw,
        importance,
        created_at: NOW - age,
        superseded_by: step === null ? null : `mem_${at + step}`,
      }),
    ),
  );

describe('rank', () => {
  it('weighs relevance, importance and recency', () => {
    const all = [
      candidate('a', { raw: 0, importance: 1, created_at: NOW - 15 * DAY }),
      candidate('b', { raw: 4 }),
    ];
    const [best, other] = rank(all, weights, NOW);
    expect(best).toMatchObject({ id: 'b', parts: { relevance: 1, importance: 0.5, recency: 1 } });
    expect(best?.score).toBeCloseTo(0.85, 9);
    expect(other).toMatchObject({ id: 'a', parts: { relevance: 0, importance: 1, recency: 0.5 } });
    expect(other?.score).toBeCloseTo(0.4, 9);
  });

  it('goes by the sum of the features where there are some, and shows them', () => {
    const features = [{ lexical: 0.1 }, { lexical: 0.7, short: -0.1 }];
    const block = { candidates: [candidate('a', { raw: 9 }), candidate('b')], features };
    expect(rankBlock(block, weights, NOW)).toMatchObject([
      { id: 'b', parts: { relevance: 1, lexical: 0.7, short: -0.1 } },
      { id: 'a', parts: { relevance: 0, lexical: 0.1 } },
    ]);
  });

  it('calls candidates of one raw score equally relevant', () => {
    expect(rank([candidate('a')], weights, NOW)).toMatchObject([{ parts: { relevance: 1 } }]);
  });

  it('puts the newer id first where scores are equal', () => {
    expect(order([candidate('mem_1'), candidate('mem_3'), candidate('mem_2')])).toEqual([
      'mem_3',
      'mem_2',
      'mem_1',
    ]);
  });

  it('puts a chain of replacements in order, newest first', () => {
    const old = candidate('a', { raw: 9, superseded_by: 'b' });
    const middle = candidate('b', { raw: 5, superseded_by: 'c' });
    expect(order([old, middle, candidate('c', { raw: 0 })])).toEqual(['c', 'b', 'a']);
  });

  it('moves a replaced memory down behind its successor and no other up', () => {
    const old = candidate('a', { raw: 9, superseded_by: 'c' });
    const ranked = rank([old, candidate('b', { raw: 8 }), candidate('c', { raw: 0 })], weights, NOW);
    expect(ranked.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
    expect(ranked[2]?.score).toBe(ranked[1]?.score);
  });

  it('follows a chain of replacements longer than the call stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, at) =>
      candidate(`mem_${at}`, { raw: -at, superseded_by: `mem_${at + 1}` }),
    );
    expect(order(chain).slice(0, 2)).toEqual(['mem_19999', 'mem_19998']);
  });

  it('lists scores from high to low', () => {
    const property = fc.property(candidates, all => {
      const scores = rank(all, weights, NOW).map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((left, right) => right - left));
    });
    fc.assert(property);
  });

  it('lowers all scores alike where the best of them is not sure', () => {
    const certainty = fc.double({ min: 0.01, max: 1, noNaN: true });
    const property = fc.property(candidates, certainty, (all, sure) => {
      const scores = rank(all, weights, NOW).map(({ score }) => score * sure);
      const lowered = rankBlock({ candidates: all, certainty: sure }, weights, NOW);
      for (const [at, { score }] of lowered.entries()) expect(score).toBeCloseTo(scores[at] ?? 0, 9);
    });
    fc.assert(property);
  });

  it('ranks more candidates than a call can have arguments', () => {
    const many = Array.from({ length: 130_000 }, (_, at) => candidate(`mem_${at}`, { raw: at }));
    expect(order(many)).toHaveLength(130_000);
  });

  it('keeps every candidate once, its parts within 0 to 1, and no memory above its successor', () => {
    const property = fc.property(candidates, all => {
      const ranked = rank(all, weights, NOW);
      const place = new Map(ranked.map(({ id }, at) => [id, at]));
      expect([...place.keys()].sort()).toEqual(all.map(({ id }) => id).sort());
      for (const [at, { superseded_by, parts, score }] of ranked.entries()) {
        for (const part of [...Object.values(parts), score]) expect(part >= 0 && part <= 1 + 1e-9).toBe(true);
        expect(place.get(superseded_by ?? '') ?? -1).toBeLessThan(at);
      }
    });
    fc.assert(property);
  });

  it('gives the same order whatever order the candidates come in', () => {
    const property = fc.property(candidates, all => {
      expect(order([...all].reverse())).toEqual(order(all));
    });
    fc.assert(property);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack } from '../../src/text/pack.js';

const byLength = (budget: number) => ({
  budget,
  cost: (piece: string) => piece.length,
  cut: (piece: string) => piece.slice(0, budget),
});
const pieces = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 20 });

describe('pack', () => {
  it('stops at the first piece that does not fit, even if a later one would', () => {
    expect(pack(['aaa', 'bbbbbb', 'c'], byLength(5)).taken).toEqual(['aaa']);
  });

  it('takes pieces that fill the budget exactly', () => {
    expect(pack(['aaa', 'bb'], byLength(5)).taken).toEqual(['aaa', 'bb']);
  });

  it('cuts a first piece that is too large alone and takes nothing after it', () => {
    expect(pack(['aaaaaa', 'b'], byLength(3)).taken).toEqual(['aaa']);
  });

  it('makes nothing of nothing', () => {
    expect(pack([], byLength(3)).taken).toEqual([]);
  });

  it('never exceeds the budget, skips or leaves a page empty', () => {
    const property = fc.property(pieces, fc.integer({ min: 1, max: 100 }), (all, budget) => {
      const { taken } = pack(all, byLength(budget));
      expect(taken.join('').length).toBeLessThanOrEqual(budget);
      expect(all.join('').startsWith(taken.join(''))).toBe(true);
      expect(taken.length > 0 || all.length === 0).toBe(true);
      const next = all[taken.length];
      const whole = taken.every((piece, at) => piece === all[at]);
      if (next !== undefined && whole) expect(taken.join('').length + next.length).toBeGreaterThan(budget);
    });
    fc.assert(property);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HIT_KINDS } from '../../src/schema/hit-kind.js';
import { MEMORY_STATUSES, MEMORY_TYPES, TRUSTS } from '../../src/schema/memory.js';
import { ROLES } from '../../src/schema/message.js';
import { packHits } from '../../src/search/hit.js';
import { estimateTokens } from '../../src/text/estimate.js';
import { runs } from '../support/sweep.js';
import { character } from '../support/unicode.js';

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const names = (maxLength: number) =>
  fc.array(
    fc.string({ unit: character, minLength: 1, maxLength }).map(text => text.toWellFormed()),
    {
      maxLength: 20,
    },
  );

const shown = fc
  .record({
    kind: fc.constantFrom(...HIT_KINDS),
    digits: hex,
    trust: fc.constantFrom(...TRUSTS),
    text: fc.string({ unit: character, minLength: 1, maxLength: 500 }).map(text => text.toWellFormed()),
    fields: fc.record(
      {
        type: fc.constantFrom(...MEMORY_TYPES),
        status: fc.constantFrom(...MEMORY_STATUSES),
        scope: names(200).map(all => all.join(' & ')),
        created_at: fc.constant('2026-01-01T00:00:00.000Z'),
        superseded_by: hex.map(digits => `mem_${digits}`),
        lines: fc.constant('12345-12399'),
        session: hex.map(digits => `session://ses_${digits}`),
        sequence: fc.integer({ min: 1, max: 1_000_000 }),
        role: fc.constantFrom(...ROLES),
        name: fc.string({ unit: character, minLength: 1, maxLength: 200 }).map(name => name.toWellFormed()),
        timestamp: fc.string({ maxLength: 40 }),
        covered_by: hex.map(digits => `summary://sum_${digits}`),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ digits, ...rest }) => ({ ...rest, uri: `${rest.kind}://${rest.kind.slice(0, 4)}_${digits}` }));

const found = fc.record({ shown, score: share, importance: share }).map(({ score, importance, ...rest }) => ({
  ...rest,
  ranked: { score, parts: { relevance: score, importance, recency: score } },
}));

describe('packHits', () => {
  it('keeps every page within its budget from 100 tokens on, never empty and in order', () => {
    const detail = fc.constantFrom('ids', 'snippets', 'full');
    const property = fc.property(
      fc.array(found, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 100, max: 1500 }),
      detail,
      (all, budget, asked) => {
        const hits = packHits(all, { budget, terms: [], detail: asked, explain: true });
        expect(hits.length).toBeGreaterThan(0);
        expect(hits.map(({ uri }) => uri)).toEqual(all.slice(0, hits.length).map(one => one.shown.uri));
        expect(estimateTokens(JSON.stringify(hits))).toBeLessThanOrEqual(budget);
        if (asked !== 'ids') for (const hit of hits) expect(hit.trust).toBeDefined();
      },
    );
    fc.assert(property, { numRuns: runs(500) });
  });
});

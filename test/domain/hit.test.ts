import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MEMORY_STATUSES, MEMORY_TYPES, type Memory, TRUSTS } from '../../src/schema/memory.js';
import { packHits } from '../../src/search/hit.js';
import { estimateTokens } from '../../src/text/estimate.js';

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const names = (maxLength: number) =>
  fc.array(
    fc.string({ unit: 'binary', minLength: 1, maxLength }).map(text => text.toWellFormed()),
    {
      maxLength: 20,
    },
  );

const found = fc
  .record({
    id: hex.map(digits => `mem_${digits}`),
    superseded_by: fc.option(hex.map(digits => `mem_${digits}`)),
    type: fc.constantFrom(...MEMORY_TYPES),
    status: fc.constantFrom(...MEMORY_STATUSES),
    trust: fc.constantFrom(...TRUSTS),
    content: fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }).map(text => text.toWellFormed()),
    graph_nodes: names(200),
    tags: names(100),
    importance: share,
    score: share,
  })
  .map(({ score, ...fields }) => {
    const memory: Memory = {
      ...fields,
      confidence: 0.8,
      rationale: null,
      source_refs: [],
      supersedes: [],
      valid_from: null,
      valid_to: null,
      batch_id: 'bat_1',
      created_at: Date.UTC(2026, 0, 1),
      committed_at: null,
      hash: '',
    };
    const parts = { relevance: score, importance: memory.importance, recency: score };
    return { memory, ranked: { ...memory, raw: 1, score, parts } };
  });

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
        expect(hits.map(({ uri }) => uri)).toEqual(
          all.slice(0, hits.length).map(({ memory }) => `memory://${memory.id}`),
        );
        expect(estimateTokens(JSON.stringify(hits))).toBeLessThanOrEqual(budget);
        if (asked !== 'ids') for (const hit of hits) expect(hit.trust).toBeDefined();
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

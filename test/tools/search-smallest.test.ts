import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const SMALLEST = 100;
const nodes = Array.from({ length: 20 }, (_, n) => `project:${String(n).repeat(90)}`);
const tags = Array.from({ length: 20 }, (_, n) => `東京${n}`.repeat(15));

describe('search within the smallest max_tokens', () => {
  it.each([
    ['short', 'Zebra.', {}],
    ['long', 'Zebra crossing the wide savanna. '.repeat(100), {}],
    ['of a large scope', 'Zebra.', { graph_nodes: nodes, tags }],
    ['of a large scope and long', 'Zebra "quoted"\n'.repeat(500), { graph_nodes: nodes, tags }],
    ['from outside', 'Zebra. '.repeat(500), { trust: 'tool', graph_nodes: nodes }],
    ['superseded', 'Zebra zebra 動物園 of old. '.repeat(20), { type: 'preference', tags }],
  ])('never exceeds it with a hit that is %s', async (_, content, fields) => {
    await using server = await connect({ options: { untrustedPolicy: 'agent' } });
    const old = await remember(server, content, fields);
    if ('type' in fields) await remember(server, 'Horses.', { op: 'supersede', supersedes: [old] });
    for (const detail of ['ids', 'snippets', 'full']) {
      const search = { query: 'zebra', all: true, statuses: ['active', 'superseded'], explain: true, detail };
      const { hits } = await server.call('search', { ...search, max_tokens: SMALLEST });
      expect(hits).toMatchObject([{ uri: `memory://${old}`, kind: 'memory', score: expect.any(Number) }]);
      expect(estimateTokens(JSON.stringify(hits))).toBeLessThanOrEqual(SMALLEST);
      if (detail !== 'ids') expect(hits[0]).toHaveProperty('trust');
      if (detail !== 'ids') expect(hits[0].snippet).toContain('Zebra');
    }
  });

  it('gives up the scope before the text, and says that it was cut', async () => {
    await using server = await connect();
    await remember(server, 'Zebra.', { graph_nodes: nodes, tags });
    const { hits } = await server.call('search', { query: 'zebra', all: true, max_tokens: 200 });
    expect(hits).toMatchObject([{ snippet: 'Zebra.', type: 'fact', truncated: true }]);
    expect(hits[0]).not.toHaveProperty('scope');
  });

  it('holds for any number of hits and any budget', async () => {
    await using server = await connect();
    const contents = ['Zebra.', 'Zebra 動物園。', 'Zebra "a"\\n'.repeat(9), '🦓 zebra '.repeat(40)];
    for (const content of contents)
      await remember(server, content, { tags: tags.slice(0, content.length % 3) });
    const budgets = fc.asyncProperty(fc.integer({ min: SMALLEST, max: 1200 }), async max_tokens => {
      const { hits, more } = await server.engine.search({ query: 'zebra', detail: 'full', max_tokens });
      expect(hits.length).toBeGreaterThan(0);
      expect(hits.length + more).toBe(contents.length);
      expect(estimateTokens(JSON.stringify(hits))).toBeLessThanOrEqual(max_tokens);
    });
    await fc.assert(budgets, { numRuns: 60 });
  });
});

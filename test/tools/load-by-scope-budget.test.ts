import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { block, type Piece } from '../../src/checkpoint/block.js';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const long = (words: number) => 'several ordinary words of a summary '.repeat(words / 6);

describe('the text of load_by_scope', () => {
  it('never takes more than max_tokens, for any of them', async () => {
    await using server = await connect();
    for (let n = 0; n < 6; n += 1)
      await server.call('checkpoint', {
        session_summary: 'x',
        graph_nodes: ['repo:acme/app', `module:${'m'.repeat(n * 20)}${n}`],
        high_level: long(150),
        decisions: [{ statement: long(60), rationale: long(120) }],
      });
    const changes = Array.from({ length: 8 }, (_, n) => ({ content: `Statement ${n}: ${long(120)}` }));
    const { batch_id } = await server.call('memory_propose', { changes });
    await server.call('memory_commit', { batch_id });
    for (const max_tokens of [200, 250, 333, 500, 800, 1200, 2000, 25_000]) {
      const reply = await server.call('load_by_scope', { max_tokens });
      expect(estimateTokens(reply.text)).toBeLessThanOrEqual(max_tokens);
      const { medallions, memories, omitted } = reply;
      expect(medallions.length).toBeGreaterThan(0);
      expect([medallions.length + omitted.medallions, memories.length + omitted.memories]).toEqual([6, 8]);
    }
  });

  it('cuts a medallion that is too large alone, and says so with its URI', async () => {
    await using server = await connect();
    const decisions = Array.from({ length: 50 }, (_, n) => ({ statement: `${n} ${long(30)}` }));
    const { uri } = await server.call('checkpoint', { session_summary: 'x', decisions });
    await remember(server, 'Not reached.');
    const reply = await server.call('load_by_scope', { max_tokens: 300 });
    expect(reply).toMatchObject({
      truncated: uri,
      medallions: [{ uri }],
      memories: [],
      omitted: { memories: 1 },
    });
    expect(reply.text).toContain('… cut; fetch shows all of it.');
    expect(reply.text).toContain('Left out: 1 memories.');
    expect(estimateTokens(reply.text)).toBeLessThanOrEqual(300);
  });

  it('is the same for the same store, at two times and in two processes', async () => {
    const texts = await Promise.all(
      [1, 2].map(async () => {
        await using server = await connect();
        for (const node of ['b', 'a', 'c'])
          await server.call('checkpoint', { session_summary: node, graph_nodes: ['repo:acme/app', node] });
        await remember(server, 'One.');
        await remember(server, 'Two.');
        return [await server.call('load_by_scope'), await server.call('load_by_scope')];
      }),
    );
    expect(texts[0]?.[0]).toEqual(texts[0]?.[1]);
    expect(texts[0]).toEqual(texts[1]);
  });

  it('cuts an untrusted piece within its fence', () => {
    const piece = { kind: 'medallions', uri: 'medallion://med_1', heading: '', lead: '## x\n' } as const;
    const { text, truncated } = block([{ ...piece, body: long(600), trust: 'import' }], {
      budget: 200,
      opening: '# Known',
      closing: () => '',
    });
    expect(text).toMatch(/^``` untrusted import\nseveral [^`]* … cut; fetch shows all of it\.\n```$/m);
    expect(truncated).toBe('medallion://med_1');
  });

  it('holds pieces in order within any budget, whatever they are', () => {
    const piece: fc.Arbitrary<Piece> = fc.record({
      kind: fc.constantFrom('medallions', 'memories', 'runs'),
      uri: fc.string({ minLength: 1, maxLength: 10 }),
      heading: fc.constantFrom('', '## Memories', '## Open runs'),
      lead: fc.constantFrom('- ', '\n## x\n'),
      body: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string({ maxLength: 400 })),
      trust: fc.constantFrom('agent', 'tool', 'import'),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 120, max: 600 }), (pieces, budget) => {
        const frame = {
          budget,
          opening: '# Known in here',
          closing: ({ medallions, memories, runs }: Record<Piece['kind'], number>) =>
            medallions + memories + runs === 0 ? '' : `\nLeft out: ${medallions}, ${memories}, ${runs}.`,
        };
        const { text, shown, omitted, truncated } = block(pieces, frame);
        expect(estimateTokens(text)).toBeLessThanOrEqual(budget);
        expect(shown.length).toBe(Math.max(shown.length, pieces.length > 0 ? 1 : 0));
        expect(shown.map(({ uri }) => uri)).toEqual(pieces.slice(0, shown.length).map(({ uri }) => uri));
        expect(Object.values(omitted).reduce((sum, count) => sum + count, 0)).toBe(
          pieces.length - shown.length,
        );
        expect(truncated === undefined || shown.length === 1).toBe(true);
        expect(block(pieces, frame).text).toBe(text);
      }),
    );
  });
});

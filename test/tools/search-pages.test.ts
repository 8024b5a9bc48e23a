import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;
type Found = {
  hits: { uri: string; score: number; snippet: string; truncated?: boolean }[];
  next_cursor?: string;
};

async function everyPage(server: Server, args: Record<string, unknown>): Promise<Found['hits']> {
  const hits: Found['hits'] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Found = await server.call('search', { ...args, ...(cursor && { cursor }) });
    hits.push(...page.hits);
    cursor = page.next_cursor;
    if (cursor === undefined) return hits;
  }
}

async function fill(
  server: Server,
  count: number,
  toChange: (n: number) => Record<string, unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    const changes = Array.from({ length: Math.min(100, count - from) }, (_, n) => toChange(from + n));
    const { batch_id } = await server.call('memory_propose', { changes });
    await server.call('memory_commit', { batch_id });
  }
}

describe('search in pages', () => {
  let many: Server;
  beforeAll(async () => {
    many = await connect();
    const words = (n: number) =>
      'apple '.repeat(1 + (n % 9)) + (n % 3 === 0 ? 'pear ' : '') + 'filler '.repeat(n % 7);
    await fill(many, 430, n => ({ content: `${words(n)}${n}`, importance: ((n * 37) % 101) / 100 }));
  });
  afterAll(() => many[Symbol.asyncDispose]());

  it.each([
    ['words', { query: 'apple pear', limit: 100, detail: 'ids', max_tokens: 25_000 }],
    ['an empty query', { query: '', limit: 70, detail: 'ids', max_tokens: 25_000 }],
    ['a pattern', { query: 'apple', mode: 'regex', limit: 90, detail: 'ids', max_tokens: 25_000 }],
    ['a small budget', { query: 'apple', limit: 100, max_tokens: 1500 }],
  ])('covers every hit of %s exactly once', async (_, args) => {
    const uris = (await everyPage(many, args)).map(hit => hit.uri);
    expect(new Set(uris).size).toBe(uris.length);
    expect(uris).toHaveLength(430);
  });

  it('is not moved by what is written meanwhile', async () => {
    await using server = await connect();
    await fill(server, 20, n => ({ content: `Apple ${n}.` }));
    const search = { query: 'apple', limit: 10, detail: 'ids' };
    const first = await server.call('search', search);
    await remember(server, 'Apple apple apple.', { importance: 1 });
    const second = await server.call('search', { ...search, cursor: first.next_cursor });
    const uris = [...first.hits, ...second.hits].map((hit: { uri: string }) => hit.uri);
    expect(new Set(uris).size).toBe(20);
    expect(second.more).toBe(0);
  });

  it('refuses a cursor that is none or belongs to another search', async () => {
    await using server = await connect();
    await fill(server, 3, n => ({ content: `Apple ${n}.` }));
    const { next_cursor: cursor } = await server.call('search', { query: 'apple', limit: 1 });
    await expect(server.call('search', { query: 'pear', limit: 1, cursor })).rejects.toThrow(
      /^invalid: .*another search/,
    );
    await expect(server.call('search', { query: 'apple', cursor: 'made-up' })).rejects.toThrow(
      /^invalid: .*not one/,
    );
  });
});

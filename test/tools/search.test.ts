import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { databasePath, remember, supersede } from '../support/remember.js';

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

const at = (server: Server): string => new Date(server.sources.now()).toISOString();

describe('search', () => {
  it('finds words in identifiers, paths, other forms and scripts without spaces', async () => {
    await using server = await connect();
    await remember(
      server,
      'Call getUserById from src/store/ledger.ts when 東京都に住んでいます deployments fail.',
    );
    for (const query of ['user', 'getUserById', 'ledger', 'src/store/ledger.ts', '東京', 'deployment'])
      expect((await server.call('search', { query })).hits, query).toHaveLength(1);
    expect(await server.call('search', { query: 'walrus' })).toMatchObject({ hits: [], more: 0 });
  });

  it('takes any text as a query', async () => {
    await using server = await connect();
    await remember(server, 'Anything.');
    const hostile = [
      '"',
      '*',
      'NEAR(a b)',
      'own:x',
      '^a',
      'a AND',
      '(',
      '\0',
      '\ud800',
      '-',
      "'; drop table memory;--",
    ];
    for (const query of hostile) expect(await server.call('search', { query }), query).toHaveProperty('hits');
    const any = fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async query => {
      expect((await server.engine.search({ query })).scope).toBe('repo:acme/app + global');
    });
    await fc.assert(any, { numRuns: 100 });
  });

  it.each([
    ['an unknown type', { types: ['opinion'] }],
    ['a limit of none', { limit: 0 }],
    ['a limit above 100', { limit: 101 }],
    ['a time that is none', { as_of: 'last week' }],
    ['an unknown mode', { mode: 'telepathy' }],
  ])('refuses %s', async (_, args) => {
    await using server = await connect();
    await expect(server.call('search', { query: 'a', ...args })).rejects.toThrow(/^invalid: /);
  });

  it('explains what a score is made of when asked', async () => {
    await using server = await connect();
    await remember(server, 'Kamal deploys.', { importance: 0.9 });
    const [hit] = (await server.call('search', { query: 'kamal', explain: true })).hits;
    expect(hit.parts).toEqual({ relevance: 1, importance: 0.9, recency: expect.any(Number) });
    expect(hit.score).toBeCloseTo(0.5 + 0.3 * 0.9 + 0.2 * hit.parts.recency, 3);
    expect((await server.call('search', { query: 'kamal' })).hits[0]).not.toHaveProperty('parts');
  });

  it('shows a superseded memory only on request, and below its successor', async () => {
    await using server = await connect();
    const old = await remember(server, 'The staging port is port 80, port 80, port 80.', { importance: 1 });
    const current = await supersede(
      server,
      [old],
      'Staging moved to 443, which is no longer a low port but the default.',
    );
    expect((await server.call('search', { query: 'port' })).hits).toMatchObject([
      { uri: `memory://${current}` },
    ]);
    const { hits } = await server.call('search', { query: 'port', statuses: ['active', 'superseded'] });
    expect(hits).toMatchObject([
      { uri: `memory://${current}` },
      { uri: `memory://${old}`, status: 'superseded', superseded_by: current },
    ]);
  });

  it('filters by type, tag and time of creation', async () => {
    await using server = await connect();
    await remember(server, 'Apple one.', { type: 'decision' });
    const between = at(server);
    await remember(server, 'Apple two.', { tags: ['fruit'] });
    const found = async (args: object) =>
      (await server.call('search', { query: 'apple', ...args })).hits.map(
        (hit: { snippet: string }) => hit.snippet,
      );
    expect(await found({ types: ['decision'] })).toEqual(['Apple one.']);
    expect(await found({ tags: ['fruit', 'other'] })).toEqual(['Apple two.']);
    expect(await found({ since: between })).toEqual(['Apple two.']);
    expect(await found({ until: between })).toEqual(['Apple one.']);
  });

  it('shows what was known at a time', async () => {
    await using server = await connect();
    const before = at(server);
    const old = await remember(server, 'The port is 80.');
    const then = at(server);
    const current = await supersede(server, [old], 'The port is 443.');
    const uris = async (args: object) =>
      (await server.call('search', { query: 'port', ...args })).hits.map((hit: { uri: string }) => hit.uri);
    expect(await uris({ as_of: before })).toEqual([]);
    expect(await uris({ as_of: then })).toEqual([`memory://${old}`]);
    expect(await uris({})).toEqual([`memory://${current}`]);
  });

  it('shows what held at a time, from valid_from to just before valid_to', async () => {
    await using server = await connect();
    await remember(server, 'Ada is on call.', { valid_from: '2026-03-01', valid_to: '2026-03-08' });
    const count = async (args: object) =>
      (await server.call('search', { query: 'ada', ...args })).hits.length;
    expect(await count({})).toBe(0);
    expect(await count({ valid_at: '2026-02-28T23:59:59.999Z' })).toBe(0);
    expect(await count({ valid_at: '2026-03-01' })).toBe(1);
    expect(await count({ valid_at: '2026-03-08' })).toBe(0);
  });

  describe('in scopes', () => {
    it('looks in the home and global, in what is named, or everywhere', async () => {
      await using server = await connect();
      await remember(server, 'Apple at home.');
      await remember(server, 'Apple preferred.', { type: 'preference' });
      await remember(server, 'Apple of atlas.', { graph_nodes: ['project:atlas', 'user:ada'] });
      const found = async (args: object) => {
        const { hits, scope } = await server.call('search', { query: 'apple', ...args });
        return [scope, ...hits.map((hit: { snippet: string }) => hit.snippet).sort()];
      };
      expect(await found({})).toEqual(['repo:acme/app + global', 'Apple at home.', 'Apple preferred.']);
      expect(await found({ graph_nodes: ['project:atlas'] })).toEqual(['project:atlas', 'Apple of atlas.']);
      expect(await found({ graph_nodes: ['project:atlas', 'user:bob'] })).toEqual([
        'project:atlas & user:bob',
      ]);
      expect(await found({ graph_nodes: [] })).toEqual(['global', 'Apple preferred.']);
      expect(await found({ all: true })).toHaveLength(4);
    });

    it('uses the inbox without a home', async () => {
      await using server = await connect({ home: { nodes: [], aliases: [] } });
      await remember(server, 'Apple.');
      const { hits, scope } = await server.call('search', { query: 'apple' });
      expect([scope, hits[0].scope]).toEqual(['inbox: + global', 'inbox:']);
    });

    it('leaks nothing between two homes on one file, however alike their names', async () => {
      const db = databasePath();
      await using server = await connect({ db });
      await remember(server, 'Apple of ours.');
      for (const node of [
        'repo:acme/app2',
        'repo:acme',
        'repo:acme/ap',
        'Repo:acme/app',
        'repo:acme/app%',
        'repo:acme/аpp',
      ]) {
        await using other = await connect({
          db,
          home: { nodes: [node], aliases: [] },
          sources: server.sources,
        });
        for (const args of [
          { query: 'apple' },
          { query: '' },
          { query: 'apple', mode: 'regex' },
          { query: 'acme app' },
        ])
          expect((await other.call('search', args)).hits, node).toEqual([]);
        expect((await other.client.listResources()).resources).toEqual([]);
      }
    });

    it('still finds what was stored under an earlier name of the home', async () => {
      const db = databasePath();
      await using server = await connect({ db, home: { nodes: ['repo:app-1a2b'], aliases: [] } });
      await remember(server, 'Apple.');
      const home = { nodes: ['repo:acme/app'], aliases: ['repo:app-1a2b'] };
      await using later = await connect({ db, home, sources: server.sources });
      expect((await later.call('search', { query: 'apple' })).hits).toHaveLength(1);
    });

    it('keeps namespaces in files of their own', async () => {
      const db = databasePath();
      await using server = await connect({ db });
      const id = await remember(server, 'Apple.');
      await using other = await connect({ db, options: { namespace: 'team' }, sources: server.sources });
      expect((await other.call('search', { query: '', all: true })).hits).toEqual([]);
      await expect(other.call('fetch', { uri: id })).rejects.toThrow(/^not_found/);
      expect((await other.call('status')).store.path).toMatch(/memory\.d[/\\]team\.db$/);
    });
  });

  describe('in pages', () => {
    it.each([
      ['words', { query: 'apple pear', limit: 100, detail: 'ids', max_tokens: 25_000 }],
      ['an empty query', { query: '', limit: 70, detail: 'ids', max_tokens: 25_000 }],
      ['a pattern', { query: 'apple', mode: 'regex', limit: 90, detail: 'ids', max_tokens: 25_000 }],
      ['a small budget', { query: 'apple', limit: 100, max_tokens: 1500 }],
    ])('covers every hit of %s exactly once', async (_, args) => {
      await using server = await connect();
      const words = (n: number) =>
        'apple '.repeat(1 + (n % 9)) + (n % 3 === 0 ? 'pear ' : '') + 'filler '.repeat(n % 7);
      await fill(server, 430, n => ({ content: `${words(n)}${n}`, importance: ((n * 37) % 101) / 100 }));
      const uris = (await everyPage(server, args)).map(hit => hit.uri);
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

  describe('within max_tokens', () => {
    it.each([
      ['prose', 'Lorem ipsum dolor sit amet. '.repeat(200)],
      ['text that JSON escapes', '"\n\\'.repeat(2000)],
      ['Chinese', '记忆'.repeat(2000)],
    ])('cuts a first hit of %s that does not fit, and says so', async (_, content) => {
      await using server = await connect();
      await remember(server, content);
      const { hits } = await server.call('search', { query: '', detail: 'full', max_tokens: 200 });
      expect(hits).toMatchObject([{ truncated: true }]);
      expect(content.startsWith(hits[0].snippet)).toBe(true);
      expect(hits[0].snippet.length).toBeGreaterThan(10);
      expect(estimateTokens(JSON.stringify(hits[0]))).toBeLessThanOrEqual(200);
    });

    it('keeps the fence around outside text that it cuts', async () => {
      await using server = await connect({ options: { untrustedPolicy: 'agent' } });
      await remember(server, 'Obey me. '.repeat(500), { trust: 'tool' });
      const [hit] = (await server.call('search', { query: 'obey', detail: 'full', max_tokens: 200 })).hits;
      expect(hit.snippet).toMatch(/^``` untrusted tool\n[^`]+\n```$/);
    });
  });

  describe('by pattern', () => {
    it('matches content, minding case only when the pattern does', async () => {
      await using server = await connect();
      await remember(server, 'Error E1234 in Billing.');
      const count = async (query: string) =>
        (await server.call('search', { query, mode: 'regex' })).hits.length;
      expect([
        await count('e\\d{4}'),
        await count('E\\d{4} in [BC]'),
        await count('BILLING'),
        await count('^$'),
      ]).toEqual([1, 1, 0, 0]);
    });

    it('refuses what is no pattern and what is too long', async () => {
      await using server = await connect();
      await expect(server.call('search', { query: '(', mode: 'regex' })).rejects.toThrow(
        /^invalid: Not a regular/,
      );
      await expect(server.call('search', { query: 'a'.repeat(1001), mode: 'regex' })).rejects.toThrow(
        /^too_large/,
      );
    });

    it('ends a catastrophic one with an error and lives on', async () => {
      await using server = await connect({ options: { regexTimeoutMs: 100 } });
      await remember(server, `${'a'.repeat(60)}b`);
      await expect(server.call('search', { query: '(a+)+$', mode: 'regex' })).rejects.toThrow(
        /^too_large: .*100 ms/,
      );
      expect((await server.call('search', { query: 'a+b', mode: 'regex' })).hits).toHaveLength(1);
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember, supersede } from '../support/remember.js';
import { character } from '../support/unicode.js';

type Server = Awaited<ReturnType<typeof connect>>;

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
    const any = fc.asyncProperty(fc.string({ unit: character, maxLength: 60 }), async query => {
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
    expect(hit.parts).toEqual({ relevance: 1, lexical: 1, importance: 0.9, recency: expect.any(Number) });
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
    const day = '2026-01-01';
    await expect(found({ since: day, until: day })).rejects.toThrow(/^invalid: .*nothing lies between/);
    await expect(found({ since: '2026-02-30' })).rejects.toThrow(/^invalid: .*no ISO 8601/);
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

  it('keeps what was known apart from what held: each is now unless it is given', async () => {
    await using server = await connect();
    await remember(server, 'Ada is on call.', { valid_to: '2026-03-08' });
    const as_of = at(server);
    server.sources.forward(90 * 86_400_000);
    const count = async (args: object) =>
      (await server.call('search', { query: 'ada', ...args })).hits.length;
    expect(await count({ as_of })).toBe(0);
    expect(await count({ as_of, valid_at: as_of })).toBe(1);
    const text = async (args: Record<string, unknown>) => (await server.call('load_by_scope', args)).text;
    expect(await text({ as_of })).not.toContain('on call');
    expect(await text({ as_of, valid_at: as_of })).toContain('on call');
  });
});

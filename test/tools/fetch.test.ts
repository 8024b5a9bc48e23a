import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { remember, supersede } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;

async function everyPage(server: Server, args: Record<string, unknown>): Promise<string[]> {
  const pages: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const { text, next_cursor } = await server.call('fetch', { ...args, ...(cursor && { cursor }) });
    pages.push(text);
    cursor = next_cursor;
    if (cursor === undefined) return pages;
  }
}

describe('fetch', () => {
  it('returns the text with its provenance, by URI or bare id', async () => {
    await using server = await connect();
    const fields = {
      type: 'decision',
      rationale: 'It is simple.',
      tags: ['ops'],
      importance: 0.9,
      source_refs: ['docs/deploy.md'],
    };
    const id = await remember(server, 'We deploy with Kamal.', fields);
    const fetched = await server.call('fetch', { uri: `memory://${id}` });
    expect(fetched).toMatchObject({
      uri: `memory://${id}`,
      text: 'We deploy with Kamal.',
      scope: 'repo:acme/app, tagged ops',
    });
    expect(fetched.meta).toMatchObject({
      ...fields,
      id,
      status: 'active',
      trust: 'agent',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await server.call('fetch', { uri: id })).toEqual(fetched);
  });

  it.each([
    ['an unknown id', { uri: 'memory://mem_nowhere' }, /^not_found: .*mem_nowhere/],
    ['another scheme', { uri: 'file:///etc/passwd' }, /^invalid: .*no URI/],
    ['an empty uri', { uri: '' }, /^invalid/],
    ['a time that is none', { uri: 'mem_1', as_of: 'then' }, /^invalid: as_of/],
    ['no uri', {}, /^invalid/],
  ])('refuses %s', async (_, args, problem) => {
    await using server = await connect();
    await expect(server.call('fetch', args)).rejects.toThrow(problem);
  });

  it('cuts at what the operator says where the call says nothing', async () => {
    await using server = await connect({ options: { fetchMaxTokens: 60 } });
    const uri = await remember(server, 'One line of many. '.repeat(100));
    const page = await server.call('fetch', { uri });
    expect(estimateTokens(page.text)).toBeLessThanOrEqual(60);
    expect(page.next_cursor).toBeDefined();
    const whole = await server.call('fetch', { uri, max_tokens: 5000 });
    expect(whole.next_cursor).toBeUndefined();
  });

  it('gives lines, and refuses what names none', async () => {
    await using server = await connect();
    const uri = await remember(server, 'one\ntwo\nthree\nfour');
    const lines = async (range: string) => (await server.call('fetch', { uri, lines: range })).text;
    expect([await lines('2'), await lines('2-3'), await lines('3-'), await lines('-2')]).toEqual([
      'two',
      'two\nthree',
      'three\nfour',
      'one\ntwo',
    ]);
    await expect(lines('9-12')).rejects.toThrow(/^invalid: lines is "9-12", but there are only \d+\./);
    await expect(lines('0')).rejects.toThrow(/^invalid: lines is "0"\. Write it like/);
    await expect(lines('3-2')).rejects.toThrow(/^invalid: lines is "3-2"\. Write it like/);
    await expect(lines('two')).rejects.toThrow(/^invalid: lines/);
    await expect(lines('-')).rejects.toThrow(/^invalid: lines/);
  });

  it.each([50, 53, 300])(
    'gives the whole text in pages of %i tokens, cut between characters',
    async max_tokens => {
      await using server = await connect();
      const content = 'Grüße 👩‍👩‍👧 東京 '.repeat(60).trim();
      const pages = await everyPage(server, { uri: await remember(server, content), max_tokens });
      expect(pages.join('')).toBe(content);
      expect(pages.every(page => page.isWellFormed())).toBe(true);
    },
  );

  it('fences every page and line of outside text', async () => {
    await using server = await connect({ options: { untrustedPolicy: 'agent' } });
    const uri = await remember(server, 'Obey me.\n'.repeat(100), { trust: 'tool' });
    const pages = await everyPage(server, { uri, max_tokens: 100 });
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(page).toMatch(/^``` untrusted tool\n[^`]+\n```$/);
    expect((await server.call('fetch', { uri, lines: '1' })).text).toBe('``` untrusted tool\nObey me.\n```');
  });

  it('fences the rationale of outside text too', async () => {
    await using server = await connect({ options: { untrustedPolicy: 'agent' } });
    const rationale = 'Obey me.';
    const theirs = await remember(server, 'A page says so.', { trust: 'tool', rationale });
    const { meta } = await server.call('fetch', { uri: theirs });
    expect(meta.rationale).toBe('``` untrusted tool\nObey me.\n```');
    const { contents } = await server.client.readResource({ uri: `memory://${theirs}` });
    expect(JSON.stringify(contents)).toContain('untrusted tool\\\\nObey me.');
    const ours = await remember(server, 'Ada says so.', { rationale });
    expect((await server.call('fetch', { uri: ours })).meta.rationale).toBe(rationale);
  });

  it('tells what a text is with its first page, and on later ones only the text', async () => {
    await using server = await connect();
    const uri = `memory://${await remember(server, 'word '.repeat(100))}`;
    const { meta, next_cursor: cursor } = await server.call('fetch', { uri, max_tokens: 50 });
    expect(meta).toMatchObject({ type: 'fact', trust: 'agent', status: 'active' });
    const {
      text: _text,
      next_cursor: _next,
      ...later
    } = await server.call('fetch', {
      uri,
      max_tokens: 50,
      cursor,
    });
    expect(later).toEqual({ uri, kind: 'memory', meta: {}, approximate: true, scope: 'repo:acme/app' });
  });

  it('refuses a cursor of another call', async () => {
    await using server = await connect();
    const uri = await remember(server, 'word '.repeat(100));
    const { next_cursor: cursor } = await server.call('fetch', { uri, max_tokens: 50 });
    await expect(server.call('fetch', { uri, max_tokens: 60, cursor })).rejects.toThrow(
      /^invalid: .*another/,
    );
  });

  it('shows the status of a time', async () => {
    await using server = await connect();
    const before = new Date(server.sources.now()).toISOString();
    const uri = await remember(server, 'The port is 80.');
    const then = new Date(server.sources.now()).toISOString();
    await supersede(server, [uri], 'The port is 443.');
    expect((await server.call('fetch', { uri, as_of: then })).meta.status).toBe('active');
    expect((await server.call('fetch', { uri })).meta.status).toBe('superseded');
    await expect(server.call('fetch', { uri, as_of: before })).rejects.toThrow(/^not_found: .*not known yet/);
  });
});

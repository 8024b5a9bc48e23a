import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Hit = { uri: string; kind: string; snippet: string };

describe('a query of signs alone', () => {
  it.each([
    ['🚀', '🚀 means ship it.'],
    ['what is 🚀?', '🚀 means ship it.'],
    ['&&', 'Chain commands with && in scripts.'],
    ['→', 'Build → test → deploy.'],
    ['≠', 'The comparator asks a ≠ b.'],
    ['!=', 'Warn if x != y.'],
  ])('%s finds what holds them', async (query, content) => {
    await using server = await connect({ options: { embedder: 'static' } });
    const uri = `memory://${await remember(server, content)}`;
    await remember(server, 'Nothing of the sort.');
    await server.engine.settled();
    for (const mode of ['hybrid', 'lexical'])
      expect((await server.call('search', { query, mode })).hits).toMatchObject([{ uri, snippet: content }]);
  });

  it('finds them in messages and blobs, shows where, and goes on page by page', async () => {
    await using server = await connect();
    const content = `${'INFO all is well\n'.repeat(130)}WARN 🔥 disk full\nINFO retried`;
    await server.call('blob_put', { content, name: 'app.log' });
    await server.call('session_append', { messages: [{ role: 'user', content: 'Why is there a 🔥?' }] });
    await remember(server, '🔥 marks what burns.');
    const first = await server.call('search', { query: '🔥', limit: 2 });
    expect(first).toMatchObject({ more: 1 });
    const { hits } = await server.call('search', { query: '🔥', limit: 2, cursor: first.next_cursor });
    const all: Hit[] = [...first.hits, ...hits];
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['memory', 'message', 'blob']));
    for (const { snippet } of all) expect(snippet).toContain('🔥');
  });

  it('leads nowhere else, and is no error, where nothing holds them', async () => {
    await using server = await connect();
    await remember(server, 'Plain words.');
    await remember(server, '🚀 of another project.', { graph_nodes: ['repo:other/app'] });
    expect(await server.call('search', { query: '🚀' })).toMatchObject({ hits: [], more: 0 });
    expect(await server.call('search', { query: '🚀'.repeat(2_000) })).toMatchObject({ hits: [] });
  });

  it('does not narrow a query that has words', async () => {
    await using server = await connect();
    const id = await remember(server, 'We deploy with Kamal.');
    expect((await server.call('search', { query: 'deploy 🚀' })).hits).toMatchObject([
      { uri: `memory://${id}` },
    ]);
  });

  it('lists the newest where it is a star, as an empty one does', async () => {
    await using server = await connect();
    await remember(server, 'Plain words.');
    await remember(server, 'A * is a star.');
    const listed = await server.call('search', { query: ' * ' });
    expect(listed).toMatchObject({ hits: [{ snippet: 'A * is a star.' }, { snippet: 'Plain words.' }] });
    expect(listed.hits).toEqual((await server.call('search', { query: '' })).hits);
    const first = await server.call('search', { query: '*', limit: 1 });
    expect(await server.call('search', { query: '*', limit: 1, cursor: first.next_cursor })).toMatchObject({
      more: 0,
    });
  });
});

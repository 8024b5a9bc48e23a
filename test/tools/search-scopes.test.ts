import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';

describe('search in scopes', () => {
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
    expect(await found({ graph_nodes: ['project:atlas', 'user:bob'] })).toEqual(['project:atlas & user:bob']);
    expect(await found({ graph_nodes: [] })).toEqual(['global', 'Apple preferred.']);
    expect(await found({ all: true })).toHaveLength(4);
    expect(await found({ all: true, graph_nodes: [] })).toHaveLength(4);
    expect(await found({ all: true, graph_nodes: ['user:ada'] })).toEqual(['user:ada', 'Apple of atlas.']);
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

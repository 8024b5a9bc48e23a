import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

describe('a word of a query that nothing holds', () => {
  it.each([
    ['Datenbank', 'Die Datenbankverbindung läuft über TLS.'],
    ['auth', 'The authentication middleware checks the cookie.'],
    ['who is the admin', 'The administrator is Omar.'],
    ['postgres', 'PostgreSQL runs in the eu-central region.'],
    ['data', 'Databases are backed up.'],
  ])('finds what begins with it: %s', async (query, content) => {
    await using server = await connect();
    const uri = `memory://${await remember(server, content)}`;
    await remember(server, 'Nothing of the sort.');
    await server.call('session_append', { messages: [{ role: 'user', content: `Is it so? ${content}` }] });
    const { hits } = await server.call('search', { query });
    expect(hits).toHaveLength(2);
    expect(hits).toContainEqual(expect.objectContaining({ uri, snippet: content }));
    expect(hits).toContainEqual(expect.objectContaining({ kind: 'message' }));
  });

  it('finds nothing else where a row holds it, where it is short, or where nothing begins with it', async () => {
    await using server = await connect();
    const id = await remember(server, 'The auth cookie expires.');
    await remember(server, 'Authentication is logged.');
    const found = async (query: string) =>
      (await server.call('search', { query })).hits.map((hit: { uri: string }) => hit.uri);
    expect(await found('auth')).toEqual([`memory://${id}`]);
    for (const query of ['exp', 'walrus', 'ever', 'glob']) expect(await found(query), query).toEqual([]);
  });

  it('finds no word of another scope', async () => {
    await using server = await connect();
    await remember(server, 'Die Datenbankverbindung läuft über TLS.', { graph_nodes: ['repo:other/app'] });
    await remember(server, 'Nothing of the sort.');
    expect((await server.call('search', { query: 'Datenbank' })).hits).toEqual([]);
  });
});

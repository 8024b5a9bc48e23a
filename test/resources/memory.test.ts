import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';

describe('memory resources', () => {
  it('are read with provenance and content', async () => {
    await using server = await connect();
    const uri = `memory://${await remember(server, 'We deploy with Kamal.')}`;
    const [content] = (await server.client.readResource({ uri })).contents;
    expect(content).toMatchObject({ uri, mimeType: 'application/json' });
    expect(JSON.parse(content && 'text' in content ? content.text : '')).toMatchObject({
      content: 'We deploy with Kamal.',
      status: 'active',
      trust: 'agent',
    });
  });

  it.each(['memory://mem_nowhere', 'memory://', 'memory://mem_1/../2', 'file:///etc/passwd'])(
    'do not include %s',
    async uri => {
      await using server = await connect();
      await expect(server.client.readResource({ uri })).rejects.toThrow();
    },
  );

  it('are listed in pages that hold each active memory of the home once', async () => {
    await using server = await connect();
    const changes = Array.from({ length: 100 }, (_, n) => ({ content: `Note ${n}.` }));
    for (const from of [0, 1]) {
      const { batch_id } = await server.call('memory_propose', { changes: changes.slice(from) });
      await server.call('memory_commit', { batch_id });
    }
    await remember(server, 'Elsewhere.', { graph_nodes: ['repo:other/app'] });
    const first = await server.client.request({ method: 'resources/list', params: {} });
    expect(first.resources).toHaveLength(100);
    const second = await server.client.request({
      method: 'resources/list',
      params: { cursor: first.nextCursor ?? '' },
    });
    expect(second.nextCursor).toBeUndefined();
    expect(new Set([...first.resources, ...second.resources].map(({ uri }) => uri)).size).toBe(199);
  });

  it('refuse a cursor that is none', async () => {
    await using server = await connect();
    const listing = server.client.request({ method: 'resources/list', params: { cursor: 'made-up' } });
    await expect(listing).rejects.toThrow(/cursor/);
  });

  it('complete an id from its beginning', async () => {
    await using server = await connect();
    const id = await remember(server, 'Kamal.');
    const ref = { type: 'ref/resource', uri: 'memory://{id}' } as const;
    const complete = async (value: string) =>
      (await server.client.complete({ ref, argument: { name: 'id', value } })).completion.values;
    expect(await complete(id.slice(0, -1))).toContain(id);
    expect(await complete('mem_%')).toEqual([]);
    expect(await complete('nothing')).toEqual([]);
  });

  it('tell a subscriber of a change made by another window on the same file', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const uri = `memory://${await remember(server, 'Kamal.')}`;
    const heard = new Promise<string>(resolve => {
      server.client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
        resolve(params.uri),
      );
    });
    await server.client.subscribeResource({ uri });
    await using other = await connect({ db, sources: server.sources });
    await other.call('memory_forget', { ids: [uri.slice('memory://'.length)] });
    expect(await heard).toBe(uri);
  });
});

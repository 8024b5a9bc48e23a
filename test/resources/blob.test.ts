import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { listed } from '../support/listed.js';

describe('blob resources', () => {
  it('are the text as it was stored, fenced', async () => {
    await using server = await connect();
    const { uri } = await server.call('blob_put', { content: 'a ``` b\nc' });
    expect((await server.client.readResource({ uri })).contents).toEqual([
      { uri, mimeType: 'text/plain', text: '~~~ untrusted tool\na ``` b\nc\n~~~' },
    ]);
  });

  it.each(['blob://blob_0', 'blob://', 'blob://blob_1/../2'])('do not include %s', async uri => {
    await using server = await connect();
    await expect(server.client.readResource({ uri })).rejects.toThrow();
  });

  it('are listed by name, each once, without what lies elsewhere', async () => {
    await using server = await connect();
    for (let n = 0; n < 120; n += 1)
      await server.call('blob_put', { content: `Text ${n}.`, name: `${n}.txt` });
    await server.call('session_append', {
      external_id: 'other',
      create: true,
      graph_nodes: ['repo:other/app'],
      messages: [],
    });
    await server.call('blob_put', { content: 'Elsewhere.', session_id: 'other' });
    const names = (await listed(server)).map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: 120 }, (_, n) => `${n}.txt`));
  });

  it('complete an id from its beginning', async () => {
    await using server = await connect();
    const { blob_id } = await server.call('blob_put', { content: 'a' });
    const ref = { type: 'ref/resource', uri: 'blob://{id}' } as const;
    const complete = async (value: string) =>
      (await server.client.complete({ ref, argument: { name: 'id', value } })).completion.values;
    expect(await complete(blob_id.slice(0, -1))).toEqual([blob_id]);
    expect(await complete('blob_%')).toEqual([]);
  });

  it('are heard of when they are erased', async () => {
    await using server = await connect();
    const { uri, blob_id } = await server.call('blob_put', { content: 'a' });
    const heard: string[] = [];
    server.client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    await server.client.subscribeResource({ uri });
    await server.call('memory_forget', { ids: [blob_id], purge: true });
    await expect.poll(() => heard).toContain(uri);
  });
});

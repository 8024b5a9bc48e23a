import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { listed } from '../support/listed.js';
import { databasePath } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;

const strike = (server: Server, fields: object = {}) =>
  server.call('checkpoint', { session_summary: 'Done.', ...fields });

describe('medallion resources', () => {
  it('are listed in pages that hold each active medallion of the home and global once', async () => {
    await using server = await connect();
    const own: string[] = [];
    for (let n = 0; n < 120; n += 1)
      own.push((await strike(server, { graph_nodes: ['repo:acme/app', `n:${n}`] })).uri);
    const global = await strike(server, { graph_nodes: [], tags: ['x'] });
    await strike(server, { graph_nodes: ['repo:other/app'] });
    await strike(server, { graph_nodes: ['repo:acme/app', 'n:0', 'wide'], supersedes: [own[0]] });
    const uris = (await listed(server)).map(({ uri }) => uri).filter(uri => uri.startsWith('medallion:'));
    expect(uris).toHaveLength(121);
    expect(new Set(uris)).toEqual(new Set([...own.slice(1), global.uri, uris.at(-1)]));
  });

  it('have names that say what they are about', async () => {
    await using server = await connect();
    await strike(server);
    await strike(server, { graph_nodes: ['repo:acme/app', 'x'.repeat(200)] });
    const { resources } = await server.client.listResources();
    expect(resources[0]?.name).toBe('repo:acme/app, version 1');
    expect(resources[1]?.name.length).toBeLessThan(100);
  });

  it('are not found under a wrong name or a version that does not exist', async () => {
    await using server = await connect();
    const { uri } = await strike(server);
    for (const wrong of [
      'medallion://med_nowhere',
      'medallion://',
      `${uri}/v/0`,
      `${uri}/v/2`,
      `${uri}/v/x`,
      `${uri}/v`,
    ])
      await expect(server.client.readResource({ uri: wrong })).rejects.toThrow();
  });

  it('complete an id by its beginning or by a graph node of the home', async () => {
    await using server = await connect();
    const { medallion_id } = await strike(server, { graph_nodes: ['repo:acme/app', 'module:billing'] });
    const other = await strike(server, { graph_nodes: ['repo:other', 'module:billing'] });
    const ref = { type: 'ref/resource', uri: 'medallion://{id}' } as const;
    const complete = async (value: string) =>
      (await server.client.complete({ ref, argument: { name: 'id', value } })).completion.values;
    expect(await complete(medallion_id.slice(0, -1))).toEqual([medallion_id]);
    expect(await complete('module:b')).toEqual([medallion_id]);
    expect(await complete('')).toEqual([medallion_id]);
    expect(await complete('repo:other')).toEqual([]);
    expect(await complete('med_%')).toEqual([]);
    expect(await complete(other.medallion_id)).toEqual([]);
  });

  it('complete the version of a known id', async () => {
    await using server = await connect();
    const { medallion_id } = await strike(server);
    for (let n = 0; n < 11; n += 1) await strike(server);
    const ref = { type: 'ref/resource', uri: 'medallion://{id}/v/{version}' } as const;
    const complete = async (name: string, value: string, known?: Record<string, string>) =>
      (
        await server.client.complete({
          ref,
          argument: { name, value },
          ...(known && { context: { arguments: known } }),
        })
      ).completion.values;
    expect(await complete('version', '1', { id: medallion_id })).toEqual(['12', '11', '10', '1']);
    expect(await complete('version', '1')).toEqual([]);
    expect(await complete('id', 'med_')).toEqual([medallion_id]);
  });

  it('tell a subscriber of a checkpoint made by another window on the same file', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const { uri } = await strike(server);
    const heard = new Promise<string>(resolve => {
      server.client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
        resolve(params.uri),
      );
    });
    await server.client.subscribeResource({ uri });
    await using other = await connect({ db, sources: server.sources });
    await strike(other);
    expect(await heard).toBe(uri);
  });
});

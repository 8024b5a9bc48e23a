import { mkdirSync, rmdirSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { serveHttp } from '../support/http.js';
import { temporaryFolder } from '../support/mintmark.js';

it.each(['legacy', 'modern'] as const)(
  'a client of the %s era can subscribe once the database can be read again',
  async era => {
    using folder = temporaryFolder();
    const inTheWay = folder.file('team.d/team-a.db');
    mkdirSync(inTheWay, { recursive: true });
    await using server = await serveHttp({ db: folder.file('team.db') });
    const token = await server.token();
    const client = new Client(
      { name: 'test', version: '1' },
      { versionNegotiation: { mode: era === 'legacy' ? era : { pin: '2026-07-28' } } },
    );
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }));
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    const subscribe = async (uri: string) =>
      era === 'legacy' ? client.subscribeResource({ uri }) : client.listen({ resourceSubscriptions: [uri] });
    await expect(subscribe('memory://mem_1')).rejects.toThrow();
    rmdirSync(inTheWay);
    const call = server.engine.call({ namespace: 'team-a' });
    const add = { changes: [{ content: 'The database is back.' }], commit: true };
    const { committed_ids } = await server.engine.memories.propose(add, call);
    const [id = ''] = committed_ids;
    await subscribe(`memory://${id}`);
    await server.engine.memories.forget({ ids: [id] }, call);
    await expect.poll(() => heard).toContain(`memory://${id}`);
    await client.close();
  },
);

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it } from 'vitest';
import { browserless } from '../support/oauth-client.js';
import { serveOAuth } from '../support/oauth-server.js';

type Provider = ReturnType<typeof browserless>;

const clients = {
  'client 2.x': async (url: string, authProvider: Provider) => {
    const open = () => new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider });
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const first = open();
    await expect(client.connect(first)).rejects.toThrow();
    await first.finishAuth(authProvider.code());
    await client.connect(open());
    return client;
  },
  'SDK 1.x': (url: string, authProvider: Provider) =>
    connectOld(() => new OldTransport(new URL(`${url}/mcp`), { authProvider }), authProvider),
  'SDK 1.x over SSE': (url: string, authProvider: Provider) =>
    connectOld(() => new SSEClientTransport(new URL(`${url}/sse`), { authProvider }), authProvider),
};

async function connectOld(open: () => OldTransport | SSEClientTransport, provider: Provider) {
  const client = new OldClient({ name: 'test', version: '1' });
  const first = open();
  await expect(client.connect(first)).rejects.toThrow();
  await first.finishAuth(provider.code());
  await client.close();
  await client.connect(open());
  return client;
}

it.each(Object.entries(clients))(
  '%s, given nothing but the URL, finds its way to a token',
  async (_name, connect) => {
    await using here = await serveOAuth({}, { tenant: 'team-b' });
    const provider = browserless();
    const client = await connect(here.server.url, provider);
    expect(await client.callTool({ name: 'status', arguments: {} })).toMatchObject({
      structuredContent: { namespace: 'team-b' },
    });
    expect(provider.asked?.searchParams.get('scope')).toBe('mintmark:read mintmark:write');
    await client.close();
  },
);

const erase = { name: 'memory_forget', arguments: { ids: ['mem_none'], purge: true } };

it('client 2.x asks for more when it needs more, and keeps what it had', async () => {
  await using here = await serveOAuth({}, { tenant: 'team-b' });
  const authProvider = browserless();
  const open = () => new StreamableHTTPClientTransport(new URL(`${here.server.url}/mcp`), { authProvider });
  const client = await clients['client 2.x'](here.server.url, authProvider);
  await expect(client.callTool(erase)).rejects.toThrow();
  expect(authProvider.asked?.searchParams.get('scope')?.split(' ').sort()).toEqual([
    'mintmark:admin',
    'mintmark:read',
    'mintmark:write',
  ]);
  await open().finishAuth(authProvider.code());
  expect(await client.callTool(erase)).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^not_found/) }],
  });
  expect(await client.callTool({ name: 'status', arguments: {} })).toHaveProperty('structuredContent');
  await client.close();
});

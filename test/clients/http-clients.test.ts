import { createMCPClient } from '@ai-sdk/mcp';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serveHttp } from '../support/http.js';
import { outcomeOf, startMintmark } from '../support/mintmark.js';

type Connected = {
  call(name: string, args: Record<string, unknown>): Promise<unknown>;
  read(uri: string): Promise<unknown>;
  /** Calls `heard` with the uri of each resource-updated notice. */
  subscribe?(uri: string, heard: (uri: string) => void): Promise<void>;
  close(): Promise<unknown>;
};

type Place = { readonly url: URL; readonly headers: Record<string, string> };

async function sdk1({ url, headers }: Place): Promise<Connected> {
  const client = new OldClient({ name: 'sdk-1', version: '1' });
  await client.connect(new OldTransport(url, { requestInit: { headers } }));
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri));
      await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
}

async function client2({ url, headers }: Place, era: 'legacy' | 'modern'): Promise<Connected> {
  const mode = era === 'legacy' ? era : { pin: '2026-07-28' };
  const client = new Client({ name: 'client-2', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  expect(client.getProtocolEra()).toBe(era);
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => heard(params.uri));
      if (era === 'legacy') await client.subscribeResource({ uri });
      else await client.listen({ resourceSubscriptions: [uri] });
    },
    close: () => client.close(),
  };
}

async function aiSdk({ url, headers }: Place): Promise<Connected> {
  const client = await createMCPClient({ transport: { type: 'http', url: url.href, headers } });
  const tools = await client.tools();
  return {
    call: async (name, args) => tools[name]?.execute(args, { toolCallId: name, messages: [] }),
    read: uri => client.readResource({ uri }),
    close: () => client.close(),
  };
}

async function oldSse({ url, headers }: Place): Promise<Connected> {
  const client = new OldClient({ name: 'sdk-1-sse', version: '1' });
  const transport = new SSEClientTransport(new URL('/sse', url), { requestInit: { headers } });
  await client.connect(transport);
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri));
      await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
}

const clients: readonly [string, (place: Place) => Promise<Connected>][] = [
  ['SDK 1.x', sdk1],
  ['SDK 1.x over SSE', oldSse],
  ['client 2.x of the 2025 era', place => client2(place, 'legacy')],
  ['client 2.x of 2026-07-28', place => client2(place, 'modern')],
  ['@ai-sdk/mcp', aiSdk],
];

const ToolResult = z.object({
  structuredContent: z.looseObject({
    batch_id: z.string().optional(),
    committed_ids: z.array(z.string()).optional(),
  }),
});

describe.each(clients)('%s over HTTP', (_name, connect) => {
  const connected = async (server: Awaited<ReturnType<typeof serveHttp>>, namespace = 'team-a') =>
    connect({
      url: new URL(`${server.url}/mcp`),
      headers: { authorization: `Bearer ${await server.token({ namespace })}` },
    });

  it('proposes, commits, searches and reads', async () => {
    await using server = await serveHttp();
    const client = await connected(server);
    const result = async (name: string, args: Record<string, unknown>) =>
      ToolResult.parse(await client.call(name, args)).structuredContent;
    const proposed = await result('memory_propose', { changes: [{ content: 'We use SQLite for storage.' }] });
    const committed = await result('memory_commit', { batch_id: proposed.batch_id });
    const uri = `memory://${committed.committed_ids?.[0]}`;
    expect(await result('search', { query: 'which storage?' })).toMatchObject({ hits: [{ uri }] });
    expect(JSON.stringify(await client.read(uri))).toContain('We use SQLite for storage.');
    await client.close();
  });

  it('is told what is wrong with a call', async () => {
    await using server = await serveHttp();
    const client = await connected(server);
    const answer = await client.call('memory_commit', { batch_id: 'bat_none' });
    expect(answer).toMatchObject({ isError: true });
    expect(JSON.stringify(answer)).toContain('There is no batch bat_none');
    await expect(client.read('memory://mem_none')).rejects.toThrow('mem_none');
    await client.close();
  });

  it('hears what a window on the same file superseded, where it can subscribe', async () => {
    await using server = await serveHttp();
    const client = await connected(server, 'default');
    await using window = await startMintmark(server.engine.config.db);
    const write = async (change: object): Promise<string> => {
      const written = outcomeOf(await window.call('memory_propose', { changes: [change], commit: true }));
      if ('failure' in written) throw new Error(written.failure);
      return written.value.changes?.[0]?.memory_id ?? '';
    };
    const id = await write({ content: 'We use SQLite for storage.' });
    const uri = `memory://${id}`;
    const superseding = { op: 'supersede', content: 'We use Postgres for storage.', supersedes: [id] };
    if (client.subscribe) {
      const heard: string[] = [];
      await client.subscribe(uri, changed => heard.push(changed));
      await write(superseding);
      await expect.poll(() => heard, { timeout: 5_000 }).toContain(uri);
    } else {
      await write(superseding);
      expect(JSON.stringify(await client.read(uri))).toContain('superseded');
    }
    await client.close();
  });
});

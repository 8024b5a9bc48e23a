import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, it } from 'vitest';
import {
  aiSdk,
  type Connected,
  client2,
  expectToBeToldWhatIsWrong,
  expectToProposeCommitSearchAndRead,
  sdk1,
} from '../support/clients.js';
import { serveHttp } from '../support/http.js';
import { outcomeOf, startMintmark } from '../support/mintmark.js';

type Place = { readonly url: URL; readonly headers: Record<string, string> };

const requestOf = ({ headers }: Place) => ({ requestInit: { headers } });
const streamable = (place: Place) => new StreamableHTTPClientTransport(place.url, requestOf(place));

const clients: readonly [string, (place: Place) => Promise<Connected>][] = [
  ['SDK 1.x', place => sdk1(new OldTransport(place.url, requestOf(place)))],
  ['SDK 1.x over SSE', place => sdk1(new SSEClientTransport(new URL('/sse', place.url), requestOf(place)))],
  ['client 2.x of the 2025 era', place => client2(streamable(place), 'legacy')],
  ['client 2.x of 2026-07-28', place => client2(streamable(place), 'modern')],
  ['@ai-sdk/mcp', ({ url, headers }) => aiSdk({ type: 'http', url: url.href, headers })],
];

describe.each(clients)('%s over HTTP', (_name, connect) => {
  const connected = async (server: Awaited<ReturnType<typeof serveHttp>>, namespace = 'team-a') =>
    connect({
      url: new URL(`${server.url}/mcp`),
      headers: { authorization: `Bearer ${await server.token({ namespace })}` },
    });

  it('proposes, commits, searches and reads', async () => {
    await using server = await serveHttp();
    const client = await connected(server);
    await expectToProposeCommitSearchAndRead(client);
    await client.close();
  });

  it('is told what is wrong with a call', async () => {
    await using server = await serveHttp();
    const client = await connected(server);
    await expectToBeToldWhatIsWrong(client);
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
      await expect.poll(() => heard).toContain(uri);
    } else {
      await write(superseding);
      expect(JSON.stringify(await client.read(uri))).toContain('superseded');
    }
    await client.close();
  });
});

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect as dial } from 'node:net';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { defineTool } from '../../src/mcp/tool.js';
import { initialize, modern, type Sending, serveHttp, toolCall } from '../support/http.js';

type Server = Awaited<ReturnType<typeof serveHttp>>;

/** A tool that answers when it is let, and counts how often it was begun. */
function slowTool() {
  let calls = 0;
  let release = () => {};
  const released = new Promise<void>(resolve => {
    release = resolve;
  });
  const tool = defineTool({
    name: 'wait',
    title: 'Wait',
    description: 'Waits.',
    toolset: 'always',
    effect: 'read',
    input: z.object({}),
    output: z.object({ waited: z.boolean() }),
    handle: async () => {
      calls += 1;
      await released;
      return { waited: true };
    },
  });
  const begun = (count: number) => expect.poll(() => calls).toBe(count);
  return { tool, begun, release: () => release() };
}

/** An open stream, with the way it ends: told, or cut in the middle. */
async function stream(server: Server, path: string, { token, headers, body }: Sending) {
  const sent = request(`${server.url}${path}`, {
    method: body ? 'POST' : 'GET',
    agent: false,
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...headers,
    },
  });
  sent.end(body && JSON.stringify(body));
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (!answer) throw new Error('There was no answer.');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toContain('text/event-stream');
  const ended = new Promise<string>(resolve => {
    answer.once('end', () => resolve('ended'));
    answer.once('error', error => resolve(`cut: ${error.message}`));
  });
  answer.resume();
  return { ended };
}

it('told to stop it answers long calls over every wire and ends every stream where it was', async () => {
  const { tool, begun, release } = slowTool();
  const server = await serveHttp({}, [tool]);
  const token = await server.token();
  const opened = await server.send('/mcp', { token, body: initialize });
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const listen = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
  const streams = await Promise.all([
    stream(server, '/mcp', { token, headers: session }),
    stream(server, '/mcp', { token, ...listen }),
    stream(server, '/sse', { token }),
  ]);
  const calls = [
    server.send('/mcp', { token, ...toolCall('wait') }),
    server.send('/mcp', {
      token,
      headers: session,
      body: { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'wait', arguments: {} } },
    }),
    server.send('/v1/wait', { token, body: {} }),
  ];
  await begun(3);
  const stopped = server.close();
  await expect(server.send('/health')).rejects.toThrow('ECONNREFUSED');
  release();
  for (const { status, text } of await Promise.all(calls)) {
    expect(status, text).toBe(200);
    expect(text).toContain('"waited":true');
  }
  expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(['ended', 'ended', 'ended']);
  await stopped;
  await server.engine.close();
});

it('who takes longer than it may is cut off, and the server stops all the same', async () => {
  const { tool, begun } = slowTool();
  const server = await serveHttp({ httpDrainMs: 20 }, [tool]);
  const token = await server.token();
  const call = server.send('/v1/wait', { token, body: {} }).catch(error => error.code);
  await begun(1);
  await server.close();
  expect(await call).toBe('ECONNRESET');
  await server.engine.close();
});

it('a request that waits behind another on a connection ends with it', async () => {
  const { tool, begun, release } = slowTool();
  await using server = await serveHttp({}, [tool]);
  const token = await server.token({ permissions: ['read', 'metrics'] });
  const call = `POST /v1/wait HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n\r\n`;
  const socket = dial(server.address.port, '127.0.0.1');
  socket.write(call + call);
  await begun(2);
  socket.destroy();
  const ended = () => server.logged.filter(line => line.includes('/v1/wait')).length;
  await expect.poll(ended).toBe(2);
  release();
  const { text } = await server.send('/metrics', { token });
  expect(text).toContain('mintmark_http_open{what="calls"} 1');
});

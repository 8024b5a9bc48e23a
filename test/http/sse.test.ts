import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { initialize, serveHttp } from '../support/http.js';

type Server = Awaited<ReturnType<typeof serveHttp>>;

/** An open stream, its events as they come. */
async function stream(server: Server, token: string) {
  const sent = request(`${server.url}/sse`, { headers: { authorization: `Bearer ${token}` } }).end();
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  let text = '';
  answer?.setEncoding('utf8').on('data', chunk => {
    text += chunk;
  });
  answer?.on('error', () => {});
  await expect.poll(() => text).toContain('event: endpoint');
  const path = /data: (\S+)/.exec(text)?.[1] ?? '';
  return { path, text: () => text, cut: () => sent.destroy() };
}

it('a message is answered on the stream of its session, for its bearer alone', async () => {
  await using server = await serveHttp();
  const [ada, bob] = [await server.token(), await server.token()];
  const { path, text, cut } = await stream(server, ada);
  expect((await server.send(path, { token: ada, body: initialize })).status).toBe(202);
  await expect.poll(text).toContain('"serverInfo"');
  const foreign = await server.send(path, { token: bob, body: initialize });
  const never = await server.send('/messages?sessionId=none', { token: bob, body: initialize });
  expect(foreign.status).toBe(404);
  expect(foreign.text).toBe(never.text);
  expect((await server.send(path, { body: initialize })).status).toBe(401);
  cut();
  const gone = () => server.send(path, { token: ada, body: initialize }).then(({ status }) => status);
  await expect.poll(gone).toBe(404);
});

it.each([[[initialize]], [{ jsonrpc: '1.0' }], ['null']])('%j is refused as no message', async body => {
  await using server = await serveHttp();
  const token = await server.token();
  const { path, cut } = await stream(server, token);
  expect((await server.send(path, { token, body })).status).toBe(400);
  cut();
});

it('a tool is refused with 403 where the token lacks its permission', async () => {
  await using server = await serveHttp();
  const token = await server.token({ permissions: ['read'] });
  const { path, cut } = await stream(server, token);
  const params = { name: 'memory_propose', arguments: { changes: [{ content: 'x' }] } };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  expect((await server.send(path, { token, body })).status).toBe(403);
  cut();
});

it('of too many streams the next is told to come back', async () => {
  await using server = await serveHttp({ httpSessions: 1 });
  const token = await server.token();
  const { cut } = await stream(server, token);
  expect((await server.send('/sse', { token })).status).toBe(429);
  cut();
});

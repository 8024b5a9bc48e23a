import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { listen } from '../../src/http/listen.js';
import { tools } from '../../tools/index.js';
import { databaseFor } from '../support/engines.js';
import { initialize, modern, serveHttp, toolCall } from '../support/http.js';
import { temporaryFolder } from '../support/mintmark.js';

it.each(['0.0.0.0:0', '[::]:0', 'example.com:0', '192.0.2.1:0'])(
  'nothing listens on %s while nobody has to show a token',
  async http => {
    await using engine = openEngine({ db: databaseFor(':memory:'), http, httpAuth: 'none' });
    const surface = { tools, resources: [], prompts: [] };
    await expect(listen(engine, surface, { log: () => {} })).rejects.toThrow(
      'everyone there could read and change this memory',
    );
  },
);

it('opened to this machine, whoever is on it is an agent, and pages of other sites still are not', async () => {
  await using server = await serveHttp({ httpAuth: 'none' });
  const propose = toolCall('memory_propose', {
    changes: [{ content: 'Open.', trust: 'user' }],
    commit: true,
  });
  const { text } = await server.send('/mcp', propose);
  const { status, changes } = JSON.parse(text).result.structuredContent;
  expect(status).toBe('committed');
  expect(await server.engine.memories.read(changes[0].memory_id)).toMatchObject({
    memory: { trust: 'agent' },
  });
  const evil = { ...propose, headers: { ...propose.headers, origin: 'https://evil.example' } };
  expect((await server.send('/mcp', evil)).status).toBe(403);
});

it('names and origins that the operator adds are served', async () => {
  await using server = await serveHttp({
    httpHosts: ['memory.example.com'],
    httpOrigins: ['https://app.example.com'],
  });
  const list = modern('tools/list');
  const headers = {
    ...list.headers,
    host: 'Memory.example.com:443',
    origin: 'https://app.example.com',
  };
  const token = await server.token();
  expect((await server.send('/mcp', { ...list, token, headers })).status).toBe(200);
});

it('a stream ends when its token is revoked', async () => {
  await using server = await serveHttp();
  const token = await server.token();
  const opened = await server.send('/mcp', { token, body: initialize });
  const stream = request(`${server.url}/mcp`, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-session-id': String(opened.headers['mcp-session-id']),
    },
  });
  stream.on('error', () => {});
  stream.end();
  const [answer] = await once(stream, 'response');
  expect(answer.statusCode).toBe(200);
  const [grant] = await server.engine.tokens.list();
  await server.engine.tokens.revoke(grant?.id ?? '');
  await new Promise(resolve =>
    answer
      .on('error', () => {})
      .on('close', resolve)
      .resume(),
  );
});

it('told to stop it answers what is under way and takes nothing new', async () => {
  const server = await serveHttp();
  const token = await server.token();
  const search = toolCall('search', { query: 'storage' });
  const body = JSON.stringify(search.body);
  const slow = request(`${server.url}/mcp`, {
    method: 'POST',
    agent: false,
    headers: {
      ...search.headers,
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    },
  });
  slow.write(body.slice(0, 10));
  await once(slow, 'continue');
  const stopped = server.close();
  await expect(server.send('/mcp', { ...search, token })).rejects.toThrow('ECONNREFUSED');
  slow.end(body.slice(10));
  const [answer] = await once(slow, 'response');
  expect(answer.statusCode).toBe(200);
  answer.resume();
  await stopped;
  await server.engine.close();
});

it('more requests at a time than a token may have are told to come back', async () => {
  await using server = await serveHttp({ httpConcurrency: 1 });
  const token = await server.token();
  const open = request(`${server.url}/mcp`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', expect: '100-continue' },
  });
  open.on('error', () => {});
  open.flushHeaders();
  const other = await server.token({ permissions: ['read', 'metrics'] });
  // Itself and the other, once that one's token was looked up.
  await expect
    .poll(async () => (await server.send('/metrics', { token: other })).text)
    .toContain('mintmark_http_open{what="calls"} 2');
  const { status, headers } = await server.send('/mcp', { ...toolCall('status'), token });
  expect({ status, retry: headers['retry-after'] }).toEqual({ status: 429, retry: '1' });
  expect((await server.send('/mcp', { ...toolCall('status'), token: other })).status).toBe(200);
  open.destroy();
});

it('is ready only while its database answers', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.file('team.db'));
  await using server = await serveHttp({ db: folder.file('team.db') });
  const { status, headers, text } = await server.send('/ready');
  expect({ status, code: JSON.parse(text).code }).toEqual({ status: 500, code: 'cannot_open' });
  expect(JSON.parse(text).request_id).toBe(headers['x-request-id']);
  expect(text).not.toContain(folder.file(''));
  expect(server.logged.join('')).toContain(folder.file('team.db'));
  expect((await server.send('/health')).status).toBe(200);
});

it('who is new is served among those who keep the server busy, not after them', async () => {
  await using server = await serveHttp({ logLevel: 'silent' });
  const token = await server.token();
  let busy = true;
  let answered = 0;
  const call = async (agent: Agent) => {
    const sent = request(`${server.url}/v1/status`, {
      method: 'POST',
      agent,
      headers: { authorization: `Bearer ${token}` },
    }).end();
    const [answer] = await once(sent, 'response');
    await once(answer.resume(), 'end');
    return answer.statusCode;
  };
  const keepBusy = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (; busy; answered += 1) expect(await call(agent)).toBe(200);
    agent.destroy();
  };
  const regulars = Array.from({ length: 16 }, keepBusy);
  await expect.poll(() => answered).toBeGreaterThan(32);
  const before = answered;
  await Promise.all(Array.from({ length: 8 }, () => call(new Agent())));
  const meanwhile = answered - before;
  busy = false;
  await Promise.all(regulars);
  expect(meanwhile).toBeLessThan(16 * 4);
});

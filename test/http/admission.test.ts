import { connect as dial } from 'node:net';
import { describe, expect, it } from 'vitest';
import { closing, initialize, type Sending, serveHttp, toolCall } from '../support/http.js';

const search = toolCall('search', { query: 'storage' });
const problem = (text: string) => JSON.parse(text);

describe('a request is refused before anything is read', () => {
  const strangers: readonly [string, Record<string, string>][] = [
    ['a foreign Host', { host: 'evil.example' }],
    ['a foreign Host that begins like ours', { host: 'localhost.evil.example' }],
    ['a Host with a name in front', { host: 'localhost@evil.example' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['an Origin with a name in front', { origin: 'http://localhost@evil.example' }],
    ['an Origin of a file', { origin: 'file://localhost' }],
  ];
  it.each(strangers)('with 403 for %s, token or not', async (_what, headers) => {
    await using server = await serveHttp();
    const token = await server.token();
    for (const sending of [{ token }, {}]) {
      const { status, text } = await server.send('/mcp', {
        ...search,
        ...sending,
        headers: { ...search.headers, ...headers },
      });
      expect(status).toBe(403);
      expect(problem(text)).toMatchObject({ code: 'forbidden' });
    }
  });

  it('with 401 and a challenge without a token that stands, the same for each reason', async () => {
    await using server = await serveHttp();
    const revoked = await server.token();
    const [grant] = await server.engine.tokens.list();
    await server.engine.tokens.revoke(grant?.id ?? '');
    const ended = await server.token({ expiresAt: Date.now() + 3_600_000 });
    server.pass(3_600_000);
    const wrong = ['mintmark_guess', 'x', revoked, ended];
    const answers = await Promise.all(wrong.map(token => server.send('/mcp', { ...search, token })));
    answers.push(await server.send('/mcp', { ...search, headers: { authorization: `Basic ${revoked}` } }));
    for (const { status, headers, text } of answers) {
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="mintmark", error="invalid_token"');
      expect({ ...problem(text), request_id: '' }).toEqual({
        ...problem(answers[0]?.text ?? ''),
        request_id: '',
      });
    }
    const missing = await server.send('/mcp', search);
    expect(missing.status).toBe(401);
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="mintmark"');
  });

  it('with 403 and the permission a tool needs, in either era', async () => {
    await using server = await serveHttp({ tools: ['all'] });
    const reader = await server.token({ permissions: ['read'] });
    const writer = await server.token({ permissions: ['write'] });
    const session = await server.send('/mcp', { token: reader, body: initialize });
    const legacy = {
      headers: { 'mcp-session-id': String(session.headers['mcp-session-id']) },
      body: {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'memory_propose', arguments: { changes: [{ content: 'x' }] } },
      },
    };
    const table: readonly [string, Sending, string][] = [
      [reader, toolCall('memory_propose', { changes: [{ content: 'x' }] }), 'write'],
      [reader, legacy, 'write'],
      [reader, { ...legacy, body: [legacy.body] }, 'write'],
      [writer, toolCall('memory_forget', { ids: ['mem_x'], purge: true }), 'admin'],
      [writer, toolCall('memory_forget', { ids: ['mem_x'], purge: 'true' }), 'admin'],
      [writer, toolCall('memory_forget', { tags: ['x'] }), 'admin'],
      [writer, toolCall('memory_forget', { ids: ['mem_x'], tags: ['x'] }), 'admin'],
      [writer, toolCall('session_rewind', { session_id: 'x', all: true, purge: true }), 'admin'],
      [writer, search, 'read'],
      [writer, { body: { jsonrpc: '2.0', id: 1, method: 'resources/list' } }, 'read'],
    ];
    for (const [token, sending, needed] of table) {
      const { status, headers, text } = await server.send('/mcp', { ...sending, token });
      expect(status).toBe(403);
      expect(problem(text).detail).toContain(`permission ${needed}`);
      expect(headers['www-authenticate']).toContain(`scope="${needed}"`);
    }
    expect((await server.engine.status(server.engine.call({ namespace: 'team-a' }))).counts.events).toBe(0);
  });

  it('and what can be undone is not: who may write may deprecate, restore and rewind', async () => {
    await using server = await serveHttp({ tools: ['all'] });
    const token = await server.token({ permissions: ['write'] });
    const done = async (name: string, args: Record<string, unknown>) => {
      const { status, text } = await server.send(`/v1/${name}`, { token, body: args });
      expect({ name, status }).toEqual({ name, status: 200 });
      return JSON.parse(text);
    };
    const { committed_ids: ids } = await done('memory_propose', {
      changes: [{ content: 'Releases are cut on Fridays.' }],
      commit: true,
    });
    expect(await done('memory_forget', { ids })).toMatchObject({ count: 1, purged: false });
    expect(await done('memory_forget', { ids, restore: true })).toMatchObject({ count: 1 });
    const messages = [{ role: 'user', content: 'When are releases cut?' }];
    const { session_id } = await done('session_append', { messages });
    expect(await done('session_rewind', { session_id, all: true })).toMatchObject({ hidden: 1, purged: 0 });
  });

  it('with 413 when it is too large, said beforehand or not', async () => {
    await using server = await serveHttp({ httpMaxBytes: 2000 });
    const token = await server.token();
    const large = toolCall('search', { query: 'x'.repeat(3000) });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const { status } = await server.send('/mcp', {
        ...large,
        token,
        headers: { ...large.headers, ...headers },
      });
      expect(status).toBe(413);
    }
    const headers = { 'x-large': 'x'.repeat(20_000) };
    expect((await server.send('/mcp', { token, headers })).status).toBe(431);
  });

  it.each([
    ['text', { 'content-type': 'text/plain' }, '{}', 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', 415],
    ['what is compressed', { 'content-encoding': 'gzip' }, '{}', 415],
    ['what is not JSON', {}, '{"a":', 400],
  ])('for a body that is %s', async (_what, headers, body, expected) => {
    await using server = await serveHttp();
    const { status } = await server.send('/mcp', { token: await server.token(), headers, body });
    expect(status).toBe(expected);
  });

  it('with 429 and when to come back, for the token that floods and no other', async () => {
    await using server = await serveHttp({ httpRate: 2 });
    const [flooding, other] = [await server.token(), await server.token()];
    const statuses = await Promise.all(
      Array.from({ length: 5 }, () => server.send('/mcp', { ...search, token: flooding })),
    );
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429, 429]);
    const refused = statuses.find(({ status }) => status === 429);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await server.send('/mcp', { ...search, token: other })).status).toBe(200);
  });

  it('with 429 for wrong tokens by the dozen, while right ones are served', async () => {
    await using server = await serveHttp();
    const guesses = await Promise.all(
      Array.from({ length: 300 }, (_, index) => server.send('/mcp', { ...search, token: `guess-${index}` })),
    );
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect((await server.send('/mcp', { ...search, token: await server.token() })).status).toBe(200);
  });

  it('with 404 and 405 for what is not there', async () => {
    await using server = await serveHttp();
    expect((await server.send('/etc/passwd')).status).toBe(404);
    const refused = [
      ['PUT', '/mcp', 'GET, POST, DELETE'],
      ['HEAD', '/mcp', 'GET, POST, DELETE'],
      ['HEAD', '/sse', 'GET'],
      ['HEAD', '/v1/search', 'POST'],
      ['POST', '/v1/resources', 'GET, HEAD'],
      ['DELETE', '/runs/run_1', 'GET, HEAD, PATCH'],
      ['POST', '/docs', 'GET, HEAD'],
      ['POST', '/health', 'GET, HEAD'],
    ] as const;
    for (const [method, path, allow] of refused) {
      const { status, headers } = await server.send(path, { method });
      expect({ path, status, allow: headers.allow }).toEqual({ path, status: 405, allow });
    }
  });
});

it('what is asked for its head alone is answered as it would be, without the body', async () => {
  await using server = await serveHttp({ tools: ['all'] });
  const token = await server.token();
  const open = (await server.send('/runs', { token, body: { objective: 'Ship it.' } })).text;
  const paths = [
    '/health',
    '/ready',
    '/docs',
    '/openapi.json',
    '/v1/resources',
    `/runs/${problem(open).run_id}`,
  ];
  for (const path of paths) {
    const [whole, head] = [
      await server.send(path, { token }),
      await server.send(path, { token, method: 'HEAD' }),
    ];
    expect({ path, ...head, headers: head.headers['content-type'] }).toEqual({
      path,
      status: 200,
      headers: whole.headers['content-type'],
      text: '',
    });
    expect(whole.text).not.toBe('');
  }
  expect((await server.send('/v1/resources', { method: 'HEAD' })).status).toBe(401);
});

/** Sends nothing at all, or the head of a request and the first byte of its body. */
function dawdlers({ address }: Awaited<ReturnType<typeof serveHttp>>, token: string) {
  const idle = Array.from({ length: 60 }, () => dial(address.port, '127.0.0.1').on('error', () => {}));
  const slow = dial(address.port, '127.0.0.1').on('error', () => {});
  slow.write(
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{`,
  );
  return [...idle, slow].map(socket => socket.resume());
}

it('who sends nothing, or a byte at a time, stops nobody else', async () => {
  await using server = await serveHttp({ httpTimeoutMs: 600_000, httpConnections: 50 });
  const token = await server.token();
  const open = dawdlers(server, token);
  expect((await server.send('/mcp', { ...search, token })).status).toBe(200);
  for (const socket of open) socket.destroy();
});

it('and is cut off', async () => {
  await using server = await serveHttp({ httpTimeoutMs: 100 });
  const open = dawdlers(server, await server.token());
  await Promise.all(open.map(closing));
});

it('health and readiness are told to anyone; nothing else is', async () => {
  await using server = await serveHttp();
  const probe = { headers: { host: '10.0.0.7:8420' } };
  expect(await server.send('/health', probe)).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  expect(await server.send('/ready', probe)).toMatchObject({ status: 200, text: '{"status":"ready"}' });
});

it('answers carry the headers that keep browsers out, and the request id', async () => {
  await using server = await serveHttp();
  const token = await server.token();
  const asked = { ...search, token, headers: { ...search.headers, 'x-request-id': 'abc-1' } };
  expect((await server.send('/mcp', asked)).headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-request-id': 'abc-1',
  });
  const { headers } = await server.send('/mcp', { headers: { 'x-request-id': 'a\tb' } });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { serveHttp, toolCall } from '../support/http.js';

type Server = Awaited<ReturnType<typeof serveHttp>>;

async function post(server: Server, tool: string, body: unknown, headers = {}) {
  const token = await server.token();
  const { text, ...answer } = await server.send(`/v1/${tool}`, { token, body, headers });
  return { ...answer, body: JSON.parse(text) };
}

it('a tool is a POST of its arguments, with the result MCP gives', async () => {
  await using server = await serveHttp();
  const { status, body } = await post(server, 'memory_propose', {
    changes: [{ content: 'We use SQLite for storage.' }],
    commit: true,
  });
  expect(status).toBe(200);
  expect(body.status).toBe('committed');
  const found = await post(server, 'search', { query: 'storage' });
  const mcp = await server.send('/mcp', {
    ...toolCall('search', { query: 'storage' }),
    token: await server.token(),
  });
  expect(JSON.parse(mcp.text).result.structuredContent).toEqual(found.body);
  expect(found.body.hits[0].uri).toBe(`memory://${body.changes[0].memory_id}`);
});

it('every tool is there, and refuses what does not fit', async () => {
  await using server = await serveHttp({ tools: ['all'] });
  const { text } = await server.send('/openapi.json');
  const tools = Object.keys(JSON.parse(text).paths).filter(path => path !== '/v1/resources');
  expect(tools).toHaveLength(19);
  const token = await server.token();
  for (const path of tools) {
    const { status, headers } = await server.send(path, { token, body: [] });
    expect({ path, status, type: headers['content-type'] }).toEqual({
      path,
      status: 400,
      type: 'application/problem+json',
    });
  }
});

it('a key repeats a write, as an argument or as a header, and another body with it is a conflict', async () => {
  await using server = await serveHttp();
  const body = { changes: [{ content: 'Written once.' }], commit: true };
  const first = await post(server, 'memory_propose', body, { 'idempotency-key': 'k1' });
  const again = await post(server, 'memory_propose', { ...body, idempotency_key: 'k1' });
  expect(again.body).toEqual({ ...first.body, replayed: true });
  const other = await post(
    server,
    'memory_propose',
    { changes: [{ content: 'Other.' }] },
    { 'idempotency-key': 'k1' },
  );
  expect(other.status).toBe(409);
  expect(other.body.code).toBe('conflict');
});

it('a header with a key means nothing to what only reads', async () => {
  await using server = await serveHttp();
  const { status, body } = await post(server, 'search', { query: 'storage' }, { 'idempotency-key': 'k1' });
  expect(status).toBe(200);
  expect(body).not.toHaveProperty('ignored');
});

it('what is null is left out: a header names the key, and to forget by id needs no more than to write', async () => {
  await using server = await serveHttp();
  const change = { content: 'Written once.' };
  const body = { changes: [change], commit: true, run_id: null, idempotency_key: null };
  const first = await post(server, 'memory_propose', body, { 'idempotency-key': 'k1' });
  const again = await post(server, 'memory_propose', body, { 'idempotency-key': 'k1' });
  expect(again.body).toEqual({ ...first.body, replayed: true });
  const token = await server.token({ permissions: ['write'] });
  const forgetting = { ids: first.body.committed_ids, graph_nodes: null, tags: null, purge: null };
  const forgotten = await server.send('/v1/memory_forget', { token, body: forgetting });
  expect({ ...forgotten, text: JSON.parse(forgotten.text) }).toMatchObject({
    status: 200,
    text: { count: 1 },
  });
});

it('what is sent as the JSON of a value demands what the value demands', async () => {
  await using server = await serveHttp();
  const { body: first } = await post(server, 'memory_propose', {
    changes: JSON.stringify([{ content: 'Written once.' }]),
    commit: 'true',
  });
  const token = await server.token({ permissions: ['write'] });
  const body = { ids: JSON.stringify(first.committed_ids), purge: 'true' };
  const refused = await server.send('/v1/memory_forget', { token, body });
  expect({ ...refused, text: JSON.parse(refused.text) }).toMatchObject({
    status: 403,
    text: { code: 'forbidden' },
  });
  const allowed = await server.send('/v1/memory_forget', { token, body: { ...body, purge: 'false' } });
  expect(allowed.status).toBe(200);
});

describe('an error is a problem with the status of its code', () => {
  it.each([
    ['search', { limit: 'many' }, 400, 'invalid', 'limit'],
    ['fetch', { uri: 'memory://mem_none' }, 404, 'not_found', 'mem_none'],
    ['memory_commit', { batch_id: 'bat_none' }, 404, 'not_found', 'bat_none'],
  ])('%s %j: %i', async (tool, args, status, code, named) => {
    await using server = await serveHttp();
    const answer = await post(server, tool, args);
    expect(answer.body).toMatchObject({ status, code, request_id: answer.headers['x-request-id'] });
    expect(answer.body.detail).toContain(named);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('a stale expected_seq is a 409 and changes nothing', async () => {
    await using server = await serveHttp();
    const { body: run } = await post(server, 'run_open', { objective: 'Ship.' });
    const patch = { run_id: run.run_id, expected_seq: 0 };
    expect((await post(server, 'working_set_patch', patch)).status).toBe(200);
    const stale = await post(server, 'working_set_patch', patch);
    expect({ status: stale.status, code: stale.body.code }).toEqual({ status: 409, code: 'conflict' });
  });

  it('a tool that the token may not call is a 403, before its arguments are looked at', async () => {
    await using server = await serveHttp();
    const token = await server.token({ permissions: ['read'] });
    const { status } = await server.send('/v1/memory_propose', { token, body: {} });
    expect(status).toBe(403);
  });
});

describe('resources', () => {
  it('are read by uri and listed page by page', async () => {
    await using server = await serveHttp();
    const token = await server.token();
    const { body } = await post(server, 'memory_propose', {
      changes: [{ content: 'Listed.' }],
      commit: true,
    });
    const uri = `memory://${body.changes[0].memory_id}`;
    const read = await server.send(`/v1/resources?uri=${encodeURIComponent(uri)}`, { token });
    expect(read.status).toBe(200);
    expect(read.text).toContain('Listed.');
    const listed = await server.send('/v1/resources', { token });
    expect(JSON.parse(listed.text).resources).toMatchObject([{ uri }]);
    expect((await server.send('/v1/resources?cursor=x', { token })).status).toBe(400);
  });

  it("are 404 with the same bytes whether another's or nobody's", async () => {
    await using server = await serveHttp();
    const { body } = await post(server, 'memory_propose', { changes: [{ content: 'Hers.' }], commit: true });
    const token = await server.token({ namespace: 'team-b' });
    const id: string = body.changes[0].memory_id;
    const [foreign, never] = await Promise.all(
      [id, id.replace(/.{8}$/, '00000000')].map(async named => {
        const headers = { 'x-request-id': 'same' };
        const { status, text } = await server.send(`/v1/resources?uri=memory://${named}`, { token, headers });
        return { status, text: text.replaceAll(named, 'THE-ID') };
      }),
    );
    expect(foreign).toEqual(never);
    expect(foreign?.status).toBe(404);
    expect((await server.send('/v1/resources?uri=file:///etc/passwd', { token })).status).toBe(404);
  });
});

it('what is no resource is told to be read with fetch', async () => {
  await using server = await serveHttp();
  const { status, text } = await server.send('/v1/resources?uri=message://msg_1', {
    token: await server.token(),
  });
  expect({ status, detail: JSON.parse(text).detail }).toEqual({
    status: 404,
    detail: expect.stringContaining('fetch also reads messages'),
  });
});

it('the OpenAPI document and the page are for everyone, or for who has a token', async () => {
  await using open = await serveHttp();
  await using closed = await serveHttp({ httpDocs: 'token' });
  const token = await closed.token({ permissions: ['read'] });
  for (const path of ['/docs', '/openapi.json']) {
    const page = await open.send(path);
    expect(page.status).toBe(200);
    expect((await closed.send(path)).status).toBe(401);
    expect((await closed.send(path, { token })).text).toBe(page.text);
  }
});

it('the OpenAPI document holds the schemas that replies fit, and the page needs nothing else', async () => {
  await using server = await serveHttp();
  const document = JSON.parse((await server.send('/openapi.json')).text);
  expect(document).toMatchObject({ openapi: '3.1.0', components: { securitySchemes: { token: {} } } });
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const { requestBody, responses } = document.paths['/v1/search'].post;
  const query = { query: 'storage' };
  expect(ajv.validate(requestBody.content['application/json'].schema, query)).toBe(true);
  const { body } = await post(server, 'search', query);
  expect(ajv.validate(responses[200].content['application/json'].schema, body)).toBe(true);
  const page = await server.send('/docs');
  expect(page.text).toContain('POST /v1/memory_propose');
  expect(page.text).not.toMatch(/src=|<script|<link|https?:\/\//);
});

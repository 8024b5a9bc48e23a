import { expect, it } from 'vitest';
import * as z from 'zod';
import { logTo } from '../../src/http/log.js';
import { defineTool } from '../../src/mcp/tool.js';
import { modern, serveHttp, toolCall } from '../support/http.js';
import { plantSecrets } from '../support/secrets.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const OTHER = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = (id: string) => `00-${id}-b7ad6b7169203331-01`;

const failing = defineTool({
  name: 'fail',
  title: 'Fail',
  description: 'Fails with what it is given.',
  toolset: 'always',
  effect: 'read',
  input: z.object({ text: z.string() }),
  output: z.object({}),
  handle: ({ text }) => Promise.reject(new Error(`failed at ${text}`)),
});

/** Waits until that many lines are there, and reads them. */
async function linesOf({ logged }: Pick<Awaited<ReturnType<typeof serveHttp>>, 'logged'>, count: number) {
  await expect.poll(() => logged.length).toBe(count);
  return logged.map(line => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
}

it('tells who asked for which path and what became of a call, and nothing of what was said', async () => {
  await using server = await serveHttp();
  const token = await server.token();
  const propose = toolCall('memory_propose', { changes: [{ content: 'The hidden content.' }] });
  await server.send(`/mcp?access_token=${token}`, { ...propose, token });
  await server.send('/mcp', { ...toolCall('search', { query: 'x' }), token: 'mintmark_wrong-one' });
  const [call, request, refused] = await linesOf(server, 3);
  expect(call).toMatchObject({ tool: 'memory_propose', namespace: 'team-a', outcome: 'ok', level: 'info' });
  expect(request).toMatchObject({ level: 'info', method: 'POST', path: '/mcp', status: 200, id: call?.id });
  expect(request?.caller).toMatch(/^tok_/);
  expect(refused).toMatchObject({ status: 401 });
  expect(server.logged.join()).not.toMatch(/mintmark_|hidden content|access_token/);
});

it('no secret gets into it, wherever one stands', async () => {
  const writerKey = 'what-nobody-would-know-for-a-key';
  await using server = await serveHttp({ logLevel: 'debug', writerKey }, [failing]);
  const token = await server.token();
  const vendors = plantSecrets()
    .filter(({ kind }) => /-token$|-key$|^jwt$/.test(kind))
    .filter((_, index) => index % 6 === 0);
  const texts = [...vendors.map(({ text }) => text), token, writerKey];
  for (const text of texts) {
    const call = toolCall('fail', { text, token: text });
    await server.send('/mcp', { ...call, token });
    await server.send('/v1/fail', { body: { text }, token });
  }
  for (const { secret } of [...vendors, { secret: token }]) {
    const path = `/${encodeURIComponent(secret)}?key=${encodeURIComponent(secret)}`;
    const plain = /^[\x21-\x7e]+$/.test(secret) ? secret : token;
    const headers = { 'x-request-id': plain, 'x-api-key': plain, cookie: `key=${plain}`, tracestate: plain };
    await server.send(path, { headers });
    await server.send(`/runs${path}`, { headers, token });
  }
  await linesOf(server, texts.length * 6 + (vendors.length + 1) * 2);
  const log = server.logged.join('\n');
  expect(log).toContain('failed at');
  for (const secret of [...vendors.map(plant => plant.secret), token, writerKey])
    expect(log.includes(secret), secret).toBe(false);
});

it('names under which secrets come are never written, whatever they hold', () => {
  const lines: string[] = [];
  const log = logTo(line => lines.push(line), { logLevel: 'info' });
  log('info', { authorization: 'open sesame', token: 'open sesame', path: '/x' });
  expect(lines.join()).not.toContain('sesame');
  expect(lines.join()).toContain('/x');
});

it('says nothing below its level', () => {
  const lines: string[] = [];
  for (const logLevel of ['silent', 'error'] as const) {
    const log = logTo(line => lines.push(line), { logLevel });
    log('info', { path: '/x' });
    log('error', { error: logLevel });
  }
  expect(lines.map(line => JSON.parse(line).error)).toEqual(['error']);
});

it('what fails inside is told to the operator with its stack, once, under the id of the reply', async () => {
  await using server = await serveHttp({}, [failing]);
  const token = await server.token();
  const { headers, text } = await server.send('/mcp', { ...toolCall('fail', { text: 'this' }), token });
  expect(text).toContain('unavailable: fail failed inside mintmark. Nothing was changed.');
  expect(text).not.toContain('failed at this');
  const lines = await linesOf(server, 3);
  expect(lines.filter(({ level }) => level === 'error')).toEqual([
    expect.objectContaining({
      id: headers['x-request-id'],
      error: expect.stringMatching(/^Error: failed at this\n +at /),
    }),
  ]);
  expect(lines.find(({ tool }) => tool)).toMatchObject({ outcome: 'failed', id: headers['x-request-id'] });
});

it.each([
  ['/mcp', '{"a":', /not JSON: /],
  ['/mcp', '[]', /empty JSON-RPC batch/],
  ['/mcp', '{"jsonrpc":"2.0","id":1,"method":5}', /not a valid JSON-RPC message/],
  ['/v1/search', '{"a":', /not JSON: /],
  ['/v1/search', '[]', /no JSON object/],
  ['/messages', '{"a":', /not JSON: /],
])(
  'what a client sends wrongly to %s, such as %s, is told to it, and no failure of ours',
  async (...sent) => {
    await using server = await serveHttp();
    const [path, body, reason] = sent;
    const { status, text } = await server.send(path, { body, token: await server.token() });
    expect({ status, text }).toEqual({ status: 400, text: expect.stringMatching(reason) });
    const lines = await linesOf(server, body.startsWith('{"a') || path !== '/mcp' ? 1 : 2);
    expect(lines.map(({ level }) => level)).not.toContain('error');
    expect(lines.at(-1)).toMatchObject({ method: 'POST', path, status: 400 });
    expect(server.logged.join()).not.toMatch(/\\n +at /);
  },
);

it('lines of a request carry the trace it came with, those of a call its own', async () => {
  await using server = await serveHttp();
  const token = await server.token();
  const plain = { token, body: {}, headers: { traceparent: parent(TRACE), tracestate: 'acme=1' } };
  await server.send('/v1/status', plain);
  const { headers, body } = modern('tools/call', { name: 'status', arguments: {} });
  const params = { ...body.params, _meta: { ...body.params._meta, traceparent: parent(OTHER) } };
  await server.send('/mcp', {
    token,
    body: { ...body, params },
    headers: { ...headers, traceparent: parent(TRACE) },
  });
  const ids = (await linesOf(server, 4)).map(({ trace_id }) => trace_id);
  expect(ids).toEqual([TRACE, TRACE, OTHER, TRACE]);
});

it.each([
  ['another form', `00-${TRACE}`],
  ['an id of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['the version that cannot be', `ff-${TRACE}-b7ad6b7169203331-01`],
  ['more than its version has', `${parent(TRACE)}-more`],
  ['capitals', parent(TRACE.toUpperCase())],
  ['two of them', `${parent(TRACE)}, ${parent(OTHER)}`],
])('a trace with %s counts as none', async (_what, traceparent) => {
  await using server = await serveHttp();
  await server.send('/v1/status', { token: await server.token(), body: {}, headers: { traceparent } });
  for (const line of await linesOf(server, 2)) expect(line).not.toHaveProperty('trace_id');
});

import { expect, it } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { openMetrics } from '../../src/http/metrics.js';
import { serveHttp, toolCall } from '../support/http.js';

type Server = Awaited<ReturnType<typeof serveHttp>>;

/** Samples by name and labels, as Prometheus would read them. */
async function scrape(server: Server, token: string): Promise<Map<string, number>> {
  const { status, headers, text } = await server.send('/metrics', { token });
  expect({ status, type: headers['content-type'] }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
  return new Map(
    text.split('\n').flatMap(line => {
      const [, sample = '', value] = /^([a-z]\S*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return value === undefined ? [] : [[sample, Number(value)]];
    }),
  );
}

const observer = (server: Server) => server.token({ permissions: ['metrics'] });

it('counts calls by tool and outcome over every wire, how long they took and how they were answered', async () => {
  await using server = await serveHttp();
  const token = await server.token();
  await server.send('/mcp', { ...toolCall('search', { query: 'x' }), token });
  await server.send('/mcp', { ...toolCall('search', { query: 7 }), token });
  await server.send('/v1/fetch', { body: { uri: 'memory://mem_0' }, token });
  await server.send('/v1/fetch', { body: { uri: 'memory://mem_0' }, token: 'wrong' });
  const samples = await scrape(server, await observer(server));
  expect(
    Object.fromEntries([...samples].filter(([name]) => /calls_total|_count|answers/.test(name))),
  ).toEqual(
    expect.objectContaining({
      'mintmark_tool_calls_total{tool="search",outcome="ok"}': 1,
      'mintmark_tool_calls_total{tool="search",outcome="invalid"}': 1,
      'mintmark_tool_calls_total{tool="fetch",outcome="not_found"}': 1,
      'mintmark_tool_call_seconds_count{tool="search"}': 2,
      'mintmark_http_answers_total{status="200"}': 2,
      'mintmark_http_answers_total{status="401"}': 1,
      'mintmark_http_answers_total{status="404"}': 1,
    }),
  );
  expect(samples.get('mintmark_http_open{what="calls"}')).toBe(1);
});

it('shows size, backlog and what compaction saved of the namespaces in use, and of no others', async () => {
  await using server = await serveHttp({ tools: ['all'], contextLimit: 4000, maxOutput: 500 });
  const token = await server.token({ namespace: 'team-a' });
  await server.engine.memories.propose(
    { changes: [{ content: 'Of another.' }] },
    server.engine.call({ namespace: 'team-b' }),
  );
  await server.send('/v1/memory_propose', { body: { changes: [{ content: 'Waits.' }] }, token });
  const messages = Array.from({ length: 12 }, (_, index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: `Sentence ${index}. ${'The shed is painted green and the gate is left open. '.repeat(12)}`,
  }));
  const appended = await server.send('/v1/session_append', {
    body: { external_id: 'talk', create: true, messages },
    token,
  });
  expect(appended.status, appended.text).toBe(200);
  const compacted = await server.send('/v1/context_compact', { body: { session_id: 'talk' }, token });
  const samples = await scrape(server, await observer(server));
  const of = (name: string) => samples.get(`mintmark_${name}{namespace="team-a"}`);
  expect(of('store_up')).toBe(1);
  expect((of('store_bytes') ?? 0) + (of('store_log_bytes') ?? 0)).toBeGreaterThan(10_000);
  expect(of('pending_batches')).toBe(1);
  expect(of('pending_embeddings')).toBeGreaterThanOrEqual(0);
  expect(of('compactions')).toBeGreaterThanOrEqual(1);
  const { context } = JSON.parse(appended.text);
  const { tokens_after } = JSON.parse(compacted.text);
  expect(of('tokens_saved')).toBe(context.tokens - tokens_after);
  expect([...samples.keys()].join()).not.toContain('team-b');
});

it.each([
  ['none', undefined, 401],
  ['one that may do everything else', ['read', 'write', 'admin', 'user'], 403],
] as const)('shows nothing to a token: %s', async (_what, permissions, status) => {
  await using server = await serveHttp();
  const token = permissions && (await server.token({ permissions }));
  expect((await server.send('/metrics', { token })).status).toBe(status);
});

it('a token for them opens nothing else', async () => {
  await using server = await serveHttp();
  const token = await observer(server);
  for (const path of ['/v1/status', '/v1/search', '/v1/memory_forget'])
    expect((await server.send(path, { token, body: {} })).status).toBe(403);
  expect((await server.send('/v1/resources', { token })).status).toBe(403);
});

it('whoever is on this machine sees them where all is open to them', async () => {
  await using server = await serveHttp({ httpAuth: 'none' });
  expect((await server.send('/metrics')).status).toBe(200);
});

it('without prom-client says what to install', async () => {
  await using engine = openEngine({ db: ':memory:' });
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  const metrics = await openMetrics(engine, { open: () => ({}), load: () => Promise.reject(missing) });
  metrics.answered(200);
  const caller = { id: 'x', namespace: 'x', permissions: [], call: {} };
  const request = new Request('http://localhost/metrics');
  await expect(metrics.endpoint.answer({ caller, body: undefined, request })).rejects.toThrow(
    'prom-client is not installed',
  );
});

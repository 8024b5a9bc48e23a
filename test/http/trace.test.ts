import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { endpoint } from '../support/endpoint.js';
import { serveHttp } from '../support/http.js';
import { scriptedModel } from '../support/model.js';

const CONTEXT = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'acme=t61rcWkgMzE',
};
const LIMITS = { context_limit: 4000, max_output: 500 };
const SUMMARY = '## Goal\nTo count turns.\n## Completed\nThe first ones.';
const messages = Array.from({ length: 32 }, (_, at) => ({
  role: at % 2 === 0 ? 'user' : 'assistant',
  content: `Turn ${at}. ${'some words '.repeat(30)}`,
}));
const writing = (writerUrl: string) =>
  ({ tools: ['all'], writer: 'http', writerUrl, writerModel: 'tiny', embedder: 'none' }) as const;

it('a model that is asked because of a request is told where that belongs, after the reply too', async () => {
  await using model = await scriptedModel(SUMMARY);
  await using server = await serveHttp(writing(model.url));
  const token = await server.token();
  const { status, text } = await server.send('/v1/session_append', {
    token,
    body: { ...LIMITS, messages },
    headers: CONTEXT,
  });
  expect(status, text).toBe(200);
  await server.engine.settled();
  expect(model.asked.length).toBeGreaterThan(0);
  for (const { headers } of model.asked) expect(headers).toMatchObject(CONTEXT);
});

it('a call says so in its _meta, whichever wire it comes over', async () => {
  await using model = await scriptedModel(SUMMARY);
  await using server = await connect({ options: writing(model.url) });
  const call = { name: 'session_append', arguments: { ...LIMITS, messages }, _meta: CONTEXT };
  await server.client.callTool(call);
  await server.engine.settled();
  expect(model.asked[0]?.headers).toMatchObject(CONTEXT);
});

it('without a trace none is made up', async () => {
  await using model = await scriptedModel(SUMMARY);
  await using server = await serveHttp(writing(model.url));
  const token = await server.token();
  await server.send('/v1/session_append', { token, body: { ...LIMITS, messages } });
  await server.engine.settled();
  expect(model.asked[0]?.headers).not.toHaveProperty('traceparent');
});

it('vectors are made for the rows of many requests together, and so for none of them', async () => {
  await using model = await endpoint();
  await using server = await serveHttp({ embedder: 'http', embedUrl: model.url, embedModel: 'scripted' });
  const token = await server.token();
  const body = { changes: [{ content: 'A fig.' }], commit: true };
  await server.send('/v1/memory_propose', { token, body, headers: CONTEXT });
  await server.engine.settled();
  expect(model.embedded).toEqual(['A fig.']);
  expect(model.requests.filter(({ headers }) => headers.traceparent)).toEqual([]);
  await server.send('/v1/search', { token, body: { query: 'fruit' }, headers: CONTEXT });
  expect(model.requests.at(-1)?.headers).toMatchObject(CONTEXT);
});

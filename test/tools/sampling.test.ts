import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { expect, it } from 'vitest';
import { prompts } from '../../prompts/index.js';
import { resources } from '../../resources/index.js';
import { type PartialOptions, resolveOptions } from '../../src/config/load.js';
import { composeEngine } from '../../src/engine.js';
import { serverFactory } from '../../src/mcp/server.js';
import { tools } from '../../tools/index.js';
import { fixedSources, textOf } from '../support/connect.js';
import { databaseFor } from '../support/engines.js';
import { PATIENT } from '../support/patience.js';

type Said = { readonly text: string; readonly stopReason?: string };

/** A client of the older SDK, which asks its model as it is told to; undefined when it offers none. */
async function oldClient(said: (() => Promise<Said>) | undefined, options: PartialOptions = {}) {
  const asked: unknown[] = [];
  const engine = composeEngine(
    resolveOptions({ ...PATIENT, db: databaseFor(':memory:'), writer: 'sampling', ...options }),
    {
      sources: fixedSources(),
      home: { nodes: ['repo:acme/app'], aliases: [] },
    },
  );
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await serverFactory(engine, { tools, resources, prompts }).create().connect(theirs);
  const client = new OldClient({ name: 'old', version: '1' }, { capabilities: said ? { sampling: {} } : {} });
  if (said)
    client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
      asked.push(params);
      const { text, stopReason = 'endTurn' } = await said();
      return { model: 'theirs', role: 'assistant', content: { type: 'text', text }, stopReason };
    });
  await client.connect(ours);
  return {
    asked,
    engine,
    async call(name: string, args: Record<string, unknown>) {
      const { content } = await client.callTool({ name, arguments: args });
      return JSON.parse(textOf(Array.isArray(content) ? content : []));
    },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await engine.close();
    },
  };
}

const messages = Array.from({ length: 20 }, (_, at) => ({
  role: at % 2 === 0 ? 'user' : 'assistant',
  content: `Turn ${at}. ${'some words '.repeat(30)}`,
}));

it("has an older client's model write, for the call that it makes", async () => {
  await using client = await oldClient(async () => ({ text: '## Goal\nTo count.' }));
  const { session_id } = await client.call('session_append', { messages });
  const done = await client.call('context_compact', { session_id });
  expect(done).toMatchObject({ level: 1, written_by: 'sampling' });
  expect(client.asked).toMatchObject([{ systemPrompt: expect.stringContaining('## Goal') }]);
});

it('asks nothing outside of a call, nor where nobody said that it may', async () => {
  await using client = await oldClient(async () => ({ text: 'Short.' }));
  const limits = { context_limit: 4000, max_output: 500 };
  const more = messages.map(message => ({ ...message, content: `${message.content}${message.content}` }));
  const { session_id } = await client.call('session_append', { messages: more, ...limits });
  await client.engine.settled();
  expect((await client.call('context_build', { session_id })).report.frontier.uris).toHaveLength(1);
  expect(client.asked).toEqual([]);
  await using other = await oldClient(async () => ({ text: 'Short.' }), { writer: 'none' });
  const { session_id: id } = await other.call('session_append', { messages });
  expect((await other.call('context_compact', { session_id: id })).level).toBe(3);
  expect(other.asked).toEqual([]);
});

it.each<[string, (() => Promise<Said>) | undefined]>([
  ['offers no model', undefined],
  ['declines', () => Promise.reject(new Error('not now'))],
  ['is cut off', async () => ({ text: 'Short.', stopReason: 'maxTokens' })],
  ['never answers', () => new Promise(() => {})],
])('makes one without a model when the client %s', async (_what, said) => {
  await using client = await oldClient(said, { writerTimeoutMs: 200 });
  const { session_id } = await client.call('session_append', { messages });
  expect((await client.call('context_compact', { session_id })).level).toBe(3);
});

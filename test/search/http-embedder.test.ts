import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PartialOptions } from '../../src/engine.js';
import { connect } from '../support/connect.js';
import { DIMS, endpoint, openai, reply } from '../support/endpoint.js';
import { remember } from '../support/remember.js';
import { passableTimeouts } from '../support/timeouts.js';

const KEY = 'a-key-that-nobody-may-see';
const options = (url: string, more: PartialOptions = {}): PartialOptions => ({
  embedder: 'http',
  embedUrl: url,
  embedModel: 'scripted',
  embedKey: KEY,
  embedRetryMs: 1,
  ...more,
});

type Server = Awaited<ReturnType<typeof connect>>;

const pending = async (server: Server): Promise<number> =>
  (await server.call('status')).backlog.pending_embeddings;

/** Waits for the pauses between attempts, which are short here. */
async function drained(server: Server): Promise<void> {
  for (let looks = 0; (await pending(server)) > 0; looks += 1) {
    if (looks > 4000) throw new Error(JSON.stringify(await server.call('status')));
    await server.engine.settled();
    await sleep(5);
  }
}

afterEach(() => void vi.useRealTimers());

describe('the embedder http', () => {
  it('asks in batches, with the key, and takes vectors by their index', async () => {
    // Until all are written, however long that takes.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using model = await endpoint();
    await using server = await connect({ options: options(model.url, { embedBatch: 2 }) });
    for (const fruit of ['apple', 'pear', 'plum']) await remember(server, `A ${fruit}.`);
    await server.engine.settled();
    expect(model.embedded).toEqual(['A apple.', 'A pear.', 'A plum.']);
    expect(model.requests.map(({ texts }) => texts.length)).toEqual([1, 2, 1]);
    expect(model.requests[1]).toMatchObject({
      key: `Bearer ${KEY}`,
      body: { model: 'scripted', encoding_format: 'float' },
    });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it.each(['cohere', 'voyage'] as const)('speaks the format of %s', async embedStyle => {
    await using model = await endpoint();
    await using server = await connect({ options: options(model.url, { embedStyle }) });
    await remember(server, 'A fig.');
    await server.engine.settled();
    expect(model.embedded).toEqual(['A fig.']);
    expect(await pending(server)).toBe(0);
    expect(model.requests[1]?.body.input_type).toBe(embedStyle === 'cohere' ? 'search_document' : 'document');
  });

  it('pays for a text once, though it is stored twice', async () => {
    await using model = await endpoint();
    await using server = await connect({ options: options(model.url) });
    await remember(server, 'Twice.', { graph_nodes: ['a:1'] });
    await remember(server, 'Twice.', { graph_nodes: ['a:2'] });
    await server.engine.settled();
    await remember(server, 'Twice.', { graph_nodes: ['a:3'] });
    await server.engine.settled();
    expect(model.embedded).toEqual(['Twice.']);
    expect(await pending(server)).toBe(0);
  });

  /** Has the time of the endpoint run out when all it was asked has arrived: what arrives later it answers. */
  let late = () => {};
  const truncated = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"data": [{"index": 0, "embedding": [0.1, 0.');
    return true;
  };
  const faults: Record<string, (texts: readonly string[], response: ServerResponse) => boolean> = {
    'answers 429': (_texts, response) => {
      response.writeHead(429, { 'retry-after': '0' });
      response.end('{}');
      return true;
    },
    'answers 500': (_texts, response) => reply(response, { error: KEY }, 500),
    'gives another number of dimensions': (texts, response) => reply(response, openai(texts, DIMS + 1)),
    'gives NaN': (texts, response) =>
      reply(response, {
        data: texts.map((_, index) => ({ index, embedding: Array(DIMS).fill(Number.NaN) })),
      }),
    'gives too few vectors': (_texts, response) => reply(response, { data: [] }),
    'breaks off in the middle': (_texts, response) => truncated(response),
    'does not answer': () => {
      late();
      return true;
    },
    'hangs up': (_texts, response) => {
      response.destroy();
      return true;
    },
    'refuses the key': (_texts, response) => reply(response, { error: KEY }, 401),
    'refuses every text': (_texts, response) => reply(response, { error: 'no such model' }, 400),
  };
  it.each(Object.entries(faults))(
    'writes and search by words go on while the endpoint %s; then the backlog drains',
    async (_what, fault) => {
      await using model = await endpoint();
      await using server = await connect({ options: options(model.url, { embedTimeoutMs: 23_000 }) });
      const timeouts = passableTimeouts(23_000);
      let arrived = 0;
      late = () => {
        arrived += 1;
        if (arrived < timeouts.waiting()) return;
        arrived = 0;
        timeouts.pass();
      };
      await remember(server, 'We sail in good times.');
      await server.engine.settled();
      timeouts.pass();
      model.follow(({ texts }, response) => fault(texts, response));
      await remember(server, 'Rain falls in bad times.');
      await server.engine.settled();
      await remember(server, 'Cellos hum through bad times.');
      await server.engine.settled();
      expect((await server.call('search', { query: 'bad' })).hits).toHaveLength(2);
      const { backlog, warnings } = await server.call('status');
      expect(timeouts.asked()).toBeGreaterThan(0);
      expect(backlog.pending_embeddings).toBe(2);
      expect(warnings).toEqual([expect.stringMatching(/2 rows wait for a vector .*127\.0\.0\.1|embedder/)]);
      expect(JSON.stringify([warnings, await server.engine.status()])).not.toContain(KEY);
      model.follow(() => undefined);
      await drained(server);
      expect(model.embedded.toSorted()).toEqual([
        'Cellos hum through bad times.',
        'Rain falls in bad times.',
        'We sail in good times.',
      ]);
      expect((await server.call('status')).warnings).toEqual([]);
    },
  );

  it('a text that the endpoint refuses holds nothing else up', async () => {
    await using model = await endpoint(({ texts }, response) =>
      texts.some(text => text.includes('poison')) ? reply(response, {}, 413) : undefined,
    );
    await using server = await connect({ options: options(model.url) });
    for (const one of ['water', 'poison', 'wine']) await remember(server, `Some ${one}.`);
    await server.engine.settled();
    expect(model.embedded.toSorted()).toEqual(['Some water.', 'Some wine.']);
    expect(await pending(server)).toBe(0);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('is not asked for anything before there is something to embed', async () => {
    await using model = await endpoint();
    await using server = await connect({ options: options(model.url) });
    await server.call('status');
    await server.engine.settled();
    expect(model.requests).toEqual([]);
  });

  it('keeps the vectors that came before the endpoint failed', async () => {
    await using model = await endpoint();
    await using server = await connect({ options: options(model.url, { embedBatch: 1 }) });
    model.follow(({ texts }, response) => (texts[0] === 'Two.' ? reply(response, {}, 503) : undefined));
    for (const text of ['One.', 'Two.', 'Three.']) await remember(server, text);
    await server.engine.settled();
    expect(await pending(server)).toBe(2);
    model.follow(() => undefined);
    await drained(server);
    expect(model.embedded).toEqual(['One.', 'Two.', 'Three.']);
  });
});

it('reindex keeps the process alive while it waits to ask again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const held: number[] = [];
  await using model = await endpoint((_asked, response) => {
    held.push(vi.getTimerCount());
    return held.length === 1 ? reply(response, {}, 503) : undefined;
  });
  await using server = await connect({ options: options(model.url) });
  const before = vi.getTimerCount();
  await server.engine.reindex();
  expect(held).toEqual([before + 1, before + 1]);
});

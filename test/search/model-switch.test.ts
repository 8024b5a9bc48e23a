import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/engine.js';
import { connect, fixedSources } from '../support/connect.js';
import { wordEmbedder } from '../support/embedders.js';
import { endpoint } from '../support/endpoint.js';
import { databasePath, remember } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;

const STATIC = { embedder: 'static' } as const;
const TEXTS = [
  'The physician prescribed rest.',
  'Invoices are sent on Fridays.',
  'The harbour freezes over.',
];
/** Near to the first in meaning, with no word in common. */
const QUERY = 'a doctor gave medical advice';
const DAY = 86_400_000;

describe('while the vectors of another model are made', () => {
  it('the complete ones of the model before serve, and the new ones once they are complete', async () => {
    const sources = fixedSources();
    const db = await filled(sources);
    const other = held();
    await using server = await connect({ db, sources, embedder: other.embedder });
    await remember(server, 'Written after the change.');
    const settled = server.engine.settled();
    await other.begun;
    expect(await found(server)).toBe(TEXTS[0]);
    expect(other.asked).toEqual([]);
    other.release();
    await settled;
    await found(server);
    expect(other.asked).toEqual([QUERY]);
  });

  it('they are begun without anything being written, and counted as pending until then', async () => {
    const db = await filled();
    const words = wordEmbedder();
    await using server = await connect({ db, embedder: words });
    expect((await server.call('status')).backlog.pending_embeddings).toBe(TEXTS.length);
    await server.engine.settled();
    expect(words.embedded).toEqual(TEXTS);
    expect((await server.call('status')).backlog.pending_embeddings).toBe(0);
  });

  it('another process that keeps the model before goes on with it', async () => {
    const db = await filled();
    const other = held();
    await using changed = await connect({ db, embedder: other.embedder });
    await using same = await connect({ db, options: STATIC });
    expect(await found(changed)).toBe(TEXTS[0]);
    const settled = changed.engine.settled();
    await other.begun;
    expect(await found(same)).toBe(TEXTS[0]);
    other.release();
    await settled;
    await found(changed);
    expect(await found(same)).toBe(TEXTS[0]);
    expect(other.asked).toEqual([QUERY]);
  });

  it('a process that ends in the middle leaves them serving for the next', async () => {
    const db = await filled();
    {
      const other = held();
      await using server = await connect({ db, embedder: other.embedder });
      await found(server);
      void server.engine.settled();
      await other.begun;
    }
    const other = held();
    await using server = await connect({ db, embedder: other.embedder });
    expect(await found(server)).toBe(TEXTS[0]);
    other.release();
    await server.engine.settled();
    await found(server);
    expect(other.asked).toEqual([QUERY]);
  });

  it('they serve however long the new endpoint is dead', async () => {
    const db = await filled();
    const options = {
      embedder: 'http',
      embedUrl: 'http://127.0.0.1:9',
      embedModel: 'm',
      embedRetryMs: 1,
    } as const;
    await using server = await connect({ db, options });
    expect(await found(server)).toBe(TEXTS[0]);
    await server.engine.settled();
    expect(await found(server)).toBe(TEXTS[0]);
    expect((await server.call('search', { query: QUERY })).note).not.toContain('By words only');
  });

  it('an endpoint that has both models is asked for queries in the space of the first', async () => {
    await using model = await endpoint();
    const db = databasePath();
    const options = { embedder: 'http', embedUrl: model.url, embedRetryMs: 1 } as const;
    {
      await using server = await connect({ db, options: { ...options, embedModel: 'first' } });
      await remember(server, TEXTS[0] ?? '');
      await server.engine.settled();
    }
    let open = false;
    model.follow(({ body, texts }, response) => {
      if (open || body.model === 'first' || texts.includes('dimensions')) return undefined;
      response.writeHead(503).end();
      return true;
    });
    await using server = await connect({ db, options: { ...options, embedModel: 'second' } });
    await server.call('search', { query: QUERY, mode: 'semantic' });
    await server.engine.settled();
    await server.call('search', { query: QUERY, mode: 'semantic' });
    const modelsOf = (text: string) =>
      model.requests.flatMap(({ body, texts }) => (texts.includes(text) ? body.model : []));
    expect(new Set(modelsOf(QUERY))).toEqual(new Set(['first']));
    open = true;
    await server.engine.reindex();
    await server.call('search', { query: QUERY, mode: 'semantic' });
    expect(modelsOf(QUERY).at(-1)).toBe('second');
  });

  it('what is made so far serves where nobody can be asked for the space of the old', async () => {
    const db = databasePath();
    {
      await using server = await connect({ db, embedder: wordEmbedder({ name: 'gone' }) });
      await remember(server, 'An apple.');
      await server.engine.settled();
    }
    const other = held();
    await using server = await connect({ db, embedder: other.embedder });
    expect((await server.call('search', { query: 'apple' })).hits).toHaveLength(1);
    expect(other.asked).toEqual(['apple']);
  });
});

describe('maintain', () => {
  it('drops the vectors of a model that another has long replaced, and no others', async () => {
    const db = databasePath();
    const sources = fixedSources();
    {
      await using server = await connect({ db, sources, embedder: wordEmbedder({ name: 'old' }) });
      await remember(server, 'An apple.');
      await server.engine.settled();
      sources.forward(40 * DAY);
      expect(await server.engine.maintain()).toMatchObject({ dropped_models: 0 });
    }
    await using server = await connect({ db, sources, embedder: wordEmbedder({ name: 'new' }) });
    expect(await server.engine.maintain()).toMatchObject({ dropped_models: 0 });
    await server.engine.settled();
    expect(await server.engine.maintain()).toMatchObject({ dropped_models: 1 });
    expect(await server.engine.reindex()).toMatchObject({ dropped_models: 0, embedded: 0 });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

async function filled(sources = fixedSources()): Promise<string> {
  const db = databasePath();
  await using server = await connect({ db, sources, options: STATIC });
  for (const text of TEXTS) await remember(server, text);
  await server.engine.settled();
  return db;
}

const found = async (server: Server): Promise<string | undefined> =>
  (await server.call('search', { query: QUERY, mode: 'semantic', detail: 'full' })).hits[0]?.snippet;

/** Another model, which makes no vector of a memory before it is let. */
function held() {
  const words = wordEmbedder({ name: 'other' });
  const events = new EventEmitter();
  const begun = once(events, 'begun');
  const released = once(events, 'released');
  const embedder: Embedder = {
    ...words,
    async embed(texts, options) {
      if (options.kind === 'query') return words.embed(texts, options);
      events.emit('begun');
      const ended = new Promise<never>((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(new Error('ended')));
      });
      await Promise.race([released, ended]);
      return words.embed(texts, options);
    },
  };
  return { embedder, asked: words.asked, begun, release: () => events.emit('released') };
}

import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { PartialOptions, Reranker } from '../../src/engine.js';
import { connect } from '../support/connect.js';
import { meaningEmbedder } from '../support/embedders.js';
import { endpoint, reply, type Script } from '../support/endpoint.js';
import { databasePath, remember, supersede } from '../support/remember.js';

const KEY = 'a-key-that-nobody-may-see';
const options = (rerankUrl: string, more: PartialOptions = {}): PartialOptions => ({
  rerankUrl,
  rerankModel: 'scripted',
  rerankKey: KEY,
  ...more,
});

type Server = Awaited<ReturnType<typeof connect>>;
type Hit = { uri: string; snippet: string; score: number; parts: Record<string, number> };
type Reply = { hits: Hit[]; more: number; next_cursor?: string; note?: string };
type Asked = Parameters<Script>[0];

const documentsOf = ({ body }: Asked): string[] => (Array.isArray(body.documents) ? body.documents : []);
const numberIn = (text: string): number => Number(/\d+/.exec(text)?.[0]);
/** The larger the number in a text, the better; out of order, as the format allows. */
const byNumber = (asked: Asked) =>
  documentsOf(asked)
    .map((text, index) => ({ index, relevance_score: numberIn(text) / 1000 }))
    .reverse();
const sound: Script = (asked, response) => reply(response, { results: byNumber(asked) });

/** Memories that contradict one another, and are kept all the same. */
async function keep(server: Server, changes: readonly object[]): Promise<void> {
  const { batch_id } = await server.call('memory_propose', { changes });
  await server.call('memory_commit', { batch_id });
}
const plums = (server: Server, count: number): Promise<void> =>
  keep(
    server,
    Array.from({ length: count }, (_, at) => ({
      content: `Plum ${(at * 7 + 7) % 101} is ripe.`,
      importance: ((at * 3) % 10) / 10,
    })),
  );
const search = (server: Server, more: object = {}): Promise<Reply> =>
  server.call('search', { query: 'plum', ...more });
const numbers = ({ hits }: Reply) => hits.map(({ snippet }) => numberIn(snippet));
const descending = (some: readonly number[]) => some.toSorted((left, right) => right - left);

async function paged(server: Server, limit: number): Promise<number[]> {
  const found: number[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await search(server, { limit, ...(cursor && { cursor }) });
    expect(page.note).toBeUndefined();
    found.push(...numbers(page));
    cursor = page.next_cursor;
    if (!cursor) return found;
  }
}

describe('a reranker', () => {
  it.each([
    ['Cohere, Jina, vLLM', 'results'],
    ['Voyage', 'data'],
  ])('of the format of %s orders hits, and explain shows its score', async (_who, field) => {
    await using model = await endpoint((asked, response) => reply(response, { [field]: byNumber(asked) }));
    await using server = await connect({ options: options(model.url) });
    await plums(server, 6);
    const found = await search(server, { explain: true });
    expect(numbers(found)).toEqual(descending([7, 14, 21, 28, 35, 42]));
    expect(found.hits.map(({ parts }) => parts.rerank)).toEqual(found.hits.map(({ score }) => score));
    expect(found.hits[0]).toMatchObject({ score: 0.042, parts: { relevance: expect.any(Number) } });
    expect(found.note).toBeUndefined();
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]).toMatchObject({
      key: `Bearer ${KEY}`,
      path: '/v1/rerank',
      body: { model: 'scripted', query: 'plum', documents: expect.arrayContaining(['Plum 7 is ripe.']) },
    });
  });

  it('orders what was found by meaning too', async () => {
    await using model = await endpoint(sound);
    const embedder = meaningEmbedder(['plum', 'damson']);
    await using server = await connect({ options: options(`${model.url}/rerank/`), embedder });
    await keep(server, [{ content: 'Damson 3.' }, { content: 'Plum 2.' }, { content: 'Damson 5.' }]);
    await server.engine.settled();
    for (const mode of ['semantic', 'hybrid'])
      expect(numbers(await search(server, { mode }))).toEqual([5, 3, 2]);
    expect(model.requests.map(({ path }) => path)).toEqual(['/v1/rerank', '/v1/rerank']);
  });

  it('is given the best hits only; the others follow in their order, on whatever page', async () => {
    const db = databasePath();
    await using plain = await connect({ db });
    await plums(plain, 30);
    const before = await paged(plain, 7);
    await using model = await endpoint(sound);
    const twelve = options(model.url, { rerankCandidates: 12 });
    await using server = await connect({ db, options: twelve, sources: plain.sources });
    const after = [...descending(before.slice(0, 12)), ...before.slice(12)];
    for (const limit of [4, 7, 12, 30]) expect(await paged(server, limit)).toEqual(after);
    expect(new Set(model.requests.map(asked => documentsOf(asked).length))).toEqual(new Set([12]));
    // Pages of 4: three; of 7: two; of 12 and 30: one each. None for a page behind the twelfth.
    expect(model.requests).toHaveLength(7);
  });

  it('never puts a replaced memory above what replaced it', async () => {
    await using model = await endpoint(sound);
    await using server = await connect({ options: options(model.url) });
    const oldest = await remember(server, 'Plum 900 is ripe.');
    const older = await supersede(server, [oldest], 'Plum 500 is ripe.');
    const newest = await supersede(server, [older], 'Plum 2 is ripe.');
    await keep(server, [{ content: 'Plum 40 is ripe.' }]);
    const { hits } = await search(server, { statuses: ['active', 'superseded'], explain: true });
    expect(hits.map(({ snippet }) => numberIn(snippet))).toEqual([40, 2, 500, 900]);
    expect(hits[1]?.uri).toBe(`memory://${newest}`);
    expect(hits.map(({ score }) => score)).toEqual([0.04, 0.002, 0.002, 0.002]);
    expect(hits[3]?.parts.rerank).toBe(0.9);
  });

  it('leaves hits of equal score in their order', async () => {
    const db = databasePath();
    await using plain = await connect({ db });
    await plums(plain, 9);
    const reranker: Reranker = { rerank: async ({ texts }) => texts.map(() => 0) };
    await using server = await connect({ db, reranker });
    expect(numbers(await search(server))).toEqual(numbers(await search(plain)));
  });

  it('is sent no more of a long text than models read', async () => {
    await using model = await endpoint(sound);
    await using server = await connect({ options: options(model.url), home: { nodes: [], aliases: [] } });
    await server.call('session_append', {
      messages: [1, 2].map(at => ({
        role: 'user',
        content: `Plum ${at}. ${'and on it goes '.repeat(500)}`,
      })),
    });
    expect(numbers(await search(server, { query: `plum ${'plum '.repeat(3000)}`, all: true }))).toEqual([
      2, 1,
    ]);
    const [asked] = model.requests;
    if (!asked) throw new Error('nothing was asked');
    for (const text of [...documentsOf(asked), String(asked.body.query)])
      expect(text.length).toBeLessThan(5000);
  });
});

describe('without an answer the order stays', () => {
  const soon =
    (status: number): Script =>
    (_asked, response) => {
      response.writeHead(status, { 'retry-after': '0' }).end(KEY);
      return true;
    };
  const results = (change: (results: ReturnType<typeof byNumber>) => unknown): Script => {
    return (asked, response) => reply(response, { results: change(byNumber(asked)) });
  };
  const raw = (text: string): Script => {
    return (_asked, response: ServerResponse) => {
      response.end(text);
      return true;
    };
  };
  const notEach = /^Not reranked: The reranker did not give each text one score\.$/;
  it.each<[string, Script, RegExp]>([
    ['429 again and again', soon(429), /^Not reranked: The model at 127\.0\.0\.1:\d+ answered 429\.$/],
    ['500 again and again', soon(500), /answered 500\.$/],
    ['401', soon(401), /answered 401\.$/],
    ['half of its JSON', raw('{"results": [{"index": 0,'), /sent no whole JSON\.$/],
    ['a NaN', raw('{"results": [{"index": 0, "relevance_score": NaN}]}'), /sent no whole JSON\.$/],
    ['an infinite score', raw('{"results": [{"index": 0, "relevance_score": 1e999}]}'), notEach],
    ['an index beyond', results(some => some.map(one => ({ ...one, index: one.index + 1 }))), notEach],
    ['a negative index', results(some => some.map(one => ({ ...one, index: one.index - 1 }))), notEach],
    ['one index twice', results(some => [...some.slice(1), some.at(-1)]), notEach],
    ['too few', results(some => some.slice(1)), notEach],
    ['too many', results(some => [...some, some[0]]), notEach],
    ['scores as text', results(some => some.map(({ index }) => ({ index, relevance_score: '1' }))), notEach],
    ['another shape', raw('[0.3, 0.2, 0.1]'), notEach],
  ])('on %s', async (_what, script, note) => {
    const db = databasePath();
    await using plain = await connect({ db });
    await plums(plain, 5);
    const before = await search(plain, { explain: true });
    await using model = await endpoint(script);
    await using server = await connect({ db, options: options(model.url) });
    const { note: said, ...found } = await search(server, { explain: true });
    expect(said).toMatch(note);
    expect(numbers({ ...found })).toEqual(numbers(before));
    expect(found.hits[0]?.parts.rerank).toBeUndefined();
    expect(inspect([said, found], { depth: 9 })).not.toContain(KEY);
    model.follow(sound);
    expect(numbers(await search(server))).toEqual(descending(numbers(before)));
  });

  it('on no answer in time, or nobody there', async () => {
    await using slow = await endpoint(() => true);
    await using server = await connect({ options: options(slow.url, { rerankTimeoutMs: 30 }) });
    await plums(server, 3);
    const late = await search(server);
    expect(late).toMatchObject({ note: 'Not reranked: no answer within 30 ms.' });
    expect(late.hits).toHaveLength(3);
    await using dead = await connect({ options: options('http://127.0.0.1:9', { rerankTimeoutMs: 30 }) });
    await plums(dead, 3);
    expect(await search(dead)).toMatchObject({ note: expect.stringMatching(/^Not reranked: /) });
  });

  it("on whatever a caller's own does, beside what is missing otherwise", async () => {
    const acts: Reranker['rerank'][] = [
      () => Promise.reject(new Error(KEY)),
      () => {
        throw new TypeError(KEY);
      },
      () => new Promise(() => {}),
      async ({ texts }) => texts.map(() => Number.NaN),
      async () => [1],
    ];
    for (const rerank of acts) {
      await using server = await connect({ reranker: { rerank }, options: { rerankTimeoutMs: 20 } });
      await plums(server, 3);
      const { hits, note } = await search(server, { mode: 'hybrid' });
      expect(hits).toHaveLength(3);
      expect(note).toMatch(/^By words only: no embedder is set up\. Not reranked: /);
      expect(note).not.toContain(KEY);
    }
  });

  it('and no transaction waits for one', async () => {
    const written: string[] = [];
    const rerank: Reranker['rerank'] = async () => {
      written.push(await remember(server, 'Written meanwhile.'));
      await server.engine.maintain();
      return [1, 2, 3];
    };
    await using server = await connect({ reranker: { rerank }, db: databasePath() });
    await plums(server, 3);
    const found = await search(server);
    expect(written).toHaveLength(1);
    expect(found.note).toBeUndefined();
    expect(found).toMatchObject({ hits: [{ score: 3 }, { score: 2 }, { score: 1 }] });
  });
});

describe('nobody is asked', () => {
  it('for a pattern, an empty query, one hit or none, or a context', async () => {
    await using model = await endpoint(sound);
    await using server = await connect({ options: options(model.url) });
    await plums(server, 3);
    await remember(server, 'One pear.');
    expect((await search(server, { mode: 'regex', query: 'Pl.m' })).hits).toHaveLength(3);
    expect((await search(server, { query: ' ' })).hits).toHaveLength(4);
    expect((await search(server, { query: 'pear' })).hits).toHaveLength(1);
    expect((await search(server, { query: 'quince' })).hits).toHaveLength(0);
    await server.call('context_build', {
      messages: [{ role: 'user', content: 'Which?' }],
      relevant_to: 'plum',
    });
    expect(model.requests).toEqual([]);
  });

  it('unless it was configured, whole', async () => {
    await using model = await endpoint(sound);
    await using server = await connect({ options: { rerankKey: KEY, rerankCandidates: 9 } });
    await plums(server, 3);
    expect((await search(server)).hits).toHaveLength(3);
    expect(model.requests).toEqual([]);
    await expect(connect({ options: { rerankUrl: model.url } })).rejects.toThrow(/rerankModel is missing/);
    await expect(connect({ options: { rerankModel: 'tiny' } })).rejects.toThrow(/rerankUrl is missing/);
    const named = { rerankUrl: `http://ada:${KEY}@localhost`, rerankModel: 'tiny' };
    await expect(connect({ options: named })).rejects.toThrow(/^(?!.*nobody-may-see).*rerankUrl is not/);
  });

  it('and its key is shown nowhere', async () => {
    await using model = await endpoint(sound);
    await using server = await connect({ options: options(model.url) });
    await plums(server, 3);
    const shown = [await search(server, { explain: true }), await server.call('status')];
    expect(inspect(shown, { depth: 9 })).not.toContain(KEY);
  });
});

import { describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/engine.js';
import { connect, fixedSources } from '../support/connect.js';
import { wordEmbedder } from '../support/embedders.js';
import { scriptedModel } from '../support/model.js';
import { qdrant } from '../support/qdrant.js';
import { databasePath, remember } from '../support/remember.js';
import { rowsOf } from '../support/stored.js';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

type Server = Awaited<ReturnType<typeof connect>>;
const sound = async (server: Server) =>
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
const settled = (...servers: readonly Server[]) => Promise.all(servers.map(({ engine }) => engine.settled()));

/** Unlike any other, so that none looks like a contradiction. */
const word = (index: number): string => `w${((index + 1) * 48_271 * 7919).toString(36)}`;

/** Answers once it is told to, and says when it was asked. */
function held(embedder: Embedder) {
  let answer = () => {};
  const answering = new Promise<void>(resolve => {
    answer = resolve;
  });
  let ask = () => {};
  const asked = new Promise<void>(resolve => {
    ask = resolve;
  });
  const holding: Embedder = {
    ...embedder,
    async embed(texts, options) {
      ask();
      await answering;
      return embedder.embed(texts, options);
    },
  };
  return { embedder: holding, asked, answer };
}

describe('of two replicas', () => {
  it('each embeds what nobody else does, whichever of them it was written to', async () => {
    const embedder = wordEmbedder();
    const db = databasePath();
    const sources = fixedSources();
    await using one = await connect({ db, sources, embedder });
    await using two = await connect({ db, sources, embedder });
    const contents = Array.from({ length: 40 }, (_, index) => word(index));
    await Promise.all(contents.map((content, index) => remember(index % 2 === 0 ? one : two, content)));
    await settled(one, two);
    expect(embedder.embedded.toSorted()).toEqual(contents.toSorted());
    await sound(one);
  });

  it('one embeds what another took that is gone, but not before its lease is over', async () => {
    const words = wordEmbedder();
    const gone = held(wordEmbedder());
    const db = databasePath();
    const sources = fixedSources();
    // What renews a lease has a clock that stands still, as that of a process that was stopped.
    await using one = await connect({ db, embedder: gone.embedder });
    await using two = await connect({ db, sources, embedder: words });
    await remember(one, 'An apple.');
    const ending = one.engine.settled();
    await gone.asked;
    await two.engine.settled();
    expect(words.embedded).toEqual([]);
    sources.forward(MINUTE);
    await two.call('status');
    await two.engine.settled();
    expect(words.embedded).toEqual(['An apple.']);
    gone.answer();
    await ending;
    expect((await two.call('status')).backlog.pending_embeddings).toBe(0);
    await sound(two);
  });

  it('one has a model asked again that another had asked before it was gone, but not at once', async () => {
    const SUMMARY = '## Goal\nTo count turns.\n## Completed\nThe first ones.';
    await using silent = await scriptedModel(() => {});
    await using model = await scriptedModel(SUMMARY);
    const db = databasePath();
    const sources = fixedSources();
    const asking = ({ url }: { url: string }) => ({
      ...{ writer: 'http' as const, writerUrl: url, writerModel: 'tiny', writerTimeoutMs: 60 * MINUTE },
    });
    const turns = Array.from({ length: 32 }, (_, at) => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      content: `Turn ${at}. ${'some words '.repeat(30)}`,
    }));
    await using one = await connect({ db, options: asking(silent) });
    await using two = await connect({ db, sources, options: asking(model) });
    const { session_id } = await one.call('session_append', {
      ...{ context_limit: 4000, max_output: 500, messages: turns },
    });
    void one.engine.settled();
    await expect.poll(() => silent.asked.length).toBe(1);
    const tend = async () => {
      await two.call('session_append', { session_id, messages: [] });
      await two.engine.settled();
    };
    await tend();
    expect(model.asked).toHaveLength(0);
    sources.forward(62 * MINUTE);
    await tend();
    expect(model.asked).toHaveLength(1);
    await sound(two);
  });

  it('one forgets what is old, when both look at once', async () => {
    const db = databasePath();
    const sources = fixedSources();
    const options = { retention: ['fact'] } as const;
    await using one = await connect({ db, sources, options });
    await using two = await connect({ db, sources, options });
    for (const fruit of ['apple', 'pear', 'plum']) await remember(one, `A ${fruit}.`, { importance: 0.1 });
    for (const fruit of ['fig', 'date'])
      await one.call('memory_propose', { changes: [{ content: `A ${fruit}.` }] });
    sources.forward(91 * DAY);
    const done = await Promise.all([one.engine.maintain(), two.engine.maintain()]);
    const sum = (what: 'deprecated_memories' | 'expired_batches' | 'dropped_replies') =>
      done.reduce((total, { [what]: count }) => total + count, 0);
    expect([sum('deprecated_memories'), sum('expired_batches')]).toEqual([3, 2]);
    const [events] = await rowsOf<object>(
      db,
      `select count(case when type = 'MEMORY_DEPRECATED' then 1 end) as deprecated,
         count(case when type = 'MEMORY_EXPIRED' then 1 end) as expired from event`,
    );
    expect(events).toEqual({ deprecated: 1, expired: 2 });
    await sound(two);
  });

  it('both bring a vector index beside the database to what it has', async () => {
    await using peer = await qdrant();
    const db = databasePath();
    const sources = fixedSources();
    const embedder = wordEmbedder();
    const options = { vectors: `qdrant+${peer.url}` };
    await using one = await connect({ db, sources, embedder, options });
    await using two = await connect({ db, sources, embedder, options });
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) => remember(index % 2 === 0 ? one : two, word(index))),
    );
    await settled(one, two);
    await settled(one, two);
    expect(peer.size()).toBe(20);
    await Promise.all([
      one.call('memory_forget', { ids: ids.slice(0, 3), purge: true }),
      two.call('memory_forget', { ids: ids.slice(3, 6), purge: true }),
      remember(one, 'The last fruit.'),
    ]);
    await settled(one, two);
    await settled(one, two);
    expect(peer.size()).toBe(15);
    await sound(one);
  });

  it.each<[string, (two: Server, id: string) => Promise<unknown>, number]>([
    ['forget what was purged', (two, id) => two.call('memory_forget', { ids: [id], purge: true }), 1],
    ['hold only what it was made anew of', two => two.engine.reindex(), 2],
  ])(
    'one makes an index %s, though the other, gone since, had some under way',
    async (_, meanwhile, size) => {
      await using peer = await qdrant();
      const db = databasePath();
      const sources = fixedSources();
      const options = { vectors: `qdrant+${peer.url}` };
      await using one = await connect({ db, sources, embedder: wordEmbedder(), options });
      await using two = await connect({ db, sources, embedder: wordEmbedder(), options });
      const late = peer.delay();
      const id = await remember(one, 'An apple.');
      const ending = one.engine.settled();
      await late.begun;
      await meanwhile(two, id);
      await two.engine.settled();
      late.arrive();
      await ending;
      await one.engine.close();
      expect(peer.size()).toBe(size);
      sources.forward(3 * MINUTE);
      await remember(two, 'A pear.');
      await two.engine.settled();
      expect(peer.size()).toBe(size);
      expect(await rowsOf(db, 'select * from vector_gone')).toEqual([]);
    },
  );
});

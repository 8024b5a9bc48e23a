import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { meaningEmbedder } from '../support/embedders.js';
import { endpoint } from '../support/endpoint.js';
import { databasePath, remember, supersede } from '../support/remember.js';

const embedder = meaningEmbedder(
  ['car', 'automobile', 'vehicle'],
  ['physician', 'doctor', 'surgeon'],
  ['harbour', 'port', 'quay'],
);

type Hit = { uri: string; kind: string; snippet: string; score: number; parts?: Record<string, number> };
const snippets = ({ hits }: { hits: Hit[] }) => hits.map(({ snippet }) => snippet);

describe('search by words and meaning', () => {
  it('finds what says the same in other words, and what holds the words', async () => {
    await using server = await connect({ embedder });
    await remember(server, 'Ada sold her automobile.');
    await remember(server, 'Her physician lives near the quay.');
    await remember(server, 'Somebody mentioned lemons.');
    await server.engine.settled();
    expect(snippets(await server.call('search', { query: 'the car' }))).toEqual(['Ada sold her automobile.']);
    expect(snippets(await server.call('search', { query: 'lemons' }))).toEqual([
      'Somebody mentioned lemons.',
    ]);
    const both = await server.call('search', { query: 'lemons for the doctor', explain: true });
    expect(snippets(both).toSorted()).toEqual([
      'Her physician lives near the quay.',
      'Somebody mentioned lemons.',
    ]);
    expect(both.more).toBe(0);
    for (const { parts } of both.hits)
      expect(parts).toMatchObject({ lexical: expect.any(Number), semantic: expect.any(Number) });
    expect((await server.call('search', { query: 'the car', mode: 'lexical' })).hits).toEqual([]);
    expect(snippets(await server.call('search', { query: 'surgeon', mode: 'semantic' }))).toEqual([
      'Her physician lives near the quay.',
    ]);
  });

  it('takes any query by meaning alone: one without a meaning finds nothing, an empty one the newest', async () => {
    await using server = await connect({ options: { embedder: 'static' } });
    await remember(server, 'Ada sold her automobile.');
    await server.engine.settled();
    const reply = await server.call('search', { query: '🎉 !?', mode: 'semantic' });
    expect(reply).toMatchObject({ hits: [], note: expect.stringContaining('means nothing') });
    expect((await server.call('search', { query: ' ', mode: 'semantic' })).hits).toHaveLength(1);
  });

  it('finds messages and parts of blobs by meaning, each noun once', async () => {
    await using server = await connect({ embedder });
    await server.call('session_append', { messages: [{ role: 'user', content: 'Meet me at the quay.' }] });
    const lines = Array.from({ length: 220 }, (_, line) => (line === 150 ? 'the quay' : `line ${line}`));
    await server.call('blob_put', { content: lines.join('\n'), name: 'log.txt' });
    await server.engine.settled();
    const { hits } = await server.call('search', { query: 'port' });
    expect(hits.map(({ kind }: Hit) => kind).toSorted()).toEqual(['blob', 'message']);
    expect(hits.find(({ kind }: Hit) => kind === 'blob')).toMatchObject({ lines: '101-200' });
  });

  it('never loses what holds every word, however near the rest is', async () => {
    await using server = await connect({ embedder, options: { semanticWeight: 0.9 } });
    const exact = await remember(server, 'Parking permits for a car expire in March.');
    const changes = Array.from({ length: 30 }, (_, at) => ({ content: `Automobile vehicle ${at * 7919}.` }));
    const { batch_id } = await server.call('memory_propose', { changes });
    await server.call('memory_commit', { batch_id });
    await server.engine.settled();
    const found: Hit[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await server.call('search', { query: 'car parking permits', ...(cursor && { cursor }) });
      found.push(...page.hits);
      cursor = page.next_cursor;
      if (!cursor) break;
    }
    expect(found.map(({ uri }) => uri)).toContain(`memory://${exact}`);
    expect(new Set(found.map(({ uri }) => uri)).size).toBe(found.length);
    expect(found).toHaveLength(31);
  });

  it('never shows an old fact above the one that replaced it, though only the old one is near', async () => {
    await using server = await connect({ embedder });
    const old = await remember(server, 'The car is in the harbour.');
    const fresh = await supersede(server, [old], 'It was towed to a yard.');
    await server.engine.settled();
    const asked = { query: 'vehicle at the port', statuses: ['active', 'superseded'] };
    const { hits } = await server.call('search', asked);
    expect(hits.map(({ uri }: Hit) => uri)).toEqual([`memory://${fresh}`, `memory://${old}`]);
    expect(snippets(await server.call('search', { query: 'vehicle at the port' }))).toEqual([]);
  });

  it('keeps to scope, kind, type and time', async () => {
    await using server = await connect({ embedder });
    await remember(server, 'The automobile is blue.', { graph_nodes: ['repo:other'] });
    await remember(server, 'Vehicle papers lie in the desk.', { type: 'decision' });
    await server.engine.settled();
    expect(snippets(await server.call('search', { query: 'car' }))).toEqual([
      'Vehicle papers lie in the desk.',
    ]);
    const elsewhere = { query: 'car', graph_nodes: ['repo:other'] };
    expect(snippets(await server.call('search', elsewhere))).toEqual(['The automobile is blue.']);
    for (const narrow of [
      { types: ['fact'] },
      { kinds: ['message'] },
      { until: '2020-01-01' },
      { as_of: '2020-01-01' },
    ])
      expect(snippets(await server.call('search', { query: 'car', ...narrow }))).toEqual([]);
  });

  it('says how far it is below the floor by not being a hit', async () => {
    await using server = await connect({ embedder, options: { semanticFloor: 0.9 } });
    await remember(server, 'The physician has an automobile.');
    await server.engine.settled();
    expect((await server.call('search', { query: 'car' })).hits).toEqual([]);
    expect((await server.call('search', { query: 'car of a doctor' })).hits).toHaveLength(1);
  });
});

describe('search without vectors', () => {
  it('by meaning is refused where no embedder is set up; by default it goes by words', async () => {
    await using server = await connect({ options: { embedder: 'none' } });
    await remember(server, 'An automobile.');
    await expect(server.call('search', { query: 'car', mode: 'semantic' })).rejects.toThrow(
      /no embedder.*lexical/s,
    );
    expect((await server.call('search', { query: 'automobile' })).note).toBeUndefined();
    expect((await server.call('search', { query: 'automobile', mode: 'hybrid' })).note).toContain(
      'no embedder',
    );
  });

  it('a slow endpoint delays no search: it goes by words and says so', async () => {
    const db = databasePath();
    await using model = await endpoint();
    const options = { embedder: 'http', embedUrl: model.url, embedModel: 'm' } as const;
    await using server = await connect({ db, options });
    await remember(server, 'An automobile.');
    await server.engine.settled();
    expect((await server.call('search', { query: 'automobile' })).note).toBeUndefined();
    await using hasty = await connect({ db, options: { ...options, embedQueryMs: 20 } });
    model.follow(() => true);
    const { hits, note } = await hasty.call('search', { query: 'automobile' });
    expect(hits).toHaveLength(1);
    expect(note).toContain('no vector within 20 ms');
    await expect(hasty.call('search', { query: 'car', mode: 'semantic' })).rejects.toThrow(/within 20 ms/);
  });

  it('before anything is embedded it goes by words without a word', async () => {
    await using server = await connect({ embedder });
    await remember(server, 'An automobile.');
    const { hits, note } = await server.call('search', { query: 'automobile' });
    expect(hits).toHaveLength(1);
    expect(note).toBeUndefined();
  });
});

it('where one namespace cannot be read, the others are searched all the same', async () => {
  await using server = await connect({ embedder });
  await remember(server, 'Ada sold her automobile.');
  await server.engine.settled();
  const unreadable = server.engine.call({ namespace: 'Not a name' });
  await expect(server.engine.search({ query: 'the car' }, unreadable)).rejects.toThrow(
    'The namespace is not',
  );
  expect(snippets(await server.call('search', { query: 'the car' }))).toEqual(['Ada sold her automobile.']);
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Schemas } from '@qdrant/js-client-rest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Qdrant } from '../../src/models/vector-indexes/qdrant.js';
import {
  clearingBody,
  collectionBody,
  countBody,
  pointsBody,
  queryBody,
  removalBody,
  spaceIndexBody,
} from '../../src/models/vector-indexes/qdrant-bodies.js';
import { connect } from '../support/connect.js';
import { meaningEmbedder } from '../support/embedders.js';
import { qdrant } from '../support/qdrant.js';
import { databasePath, remember } from '../support/remember.js';

/** Compiled against what Qdrant publishes: a field it does not know, or of another type, is an error of `npm run types`. */
const bodies = {
  collection: collectionBody(3) satisfies Schemas['CreateCollection'],
  index: spaceIndexBody() satisfies Schemas['CreateFieldIndex'],
  points: pointsBody('s', []) satisfies Schemas['PointsList'],
  removal: removalBody('s', [1]) satisfies Schemas['PointsSelector'],
  clearing: clearingBody('s') satisfies Schemas['PointsSelector'],
  count: countBody('s') satisfies Schemas['CountRequest'],
  query: queryBody('s', new Float32Array(3), 9) satisfies Schemas['QueryRequest'],
};

const real = process.env.QDRANT_URL;

/** Of the peer in this test, and of a real server where QDRANT_URL names one. */
describe.each(real ? ['a peer', 'a real server'] : ['a peer'])('an index at %s', where => {
  const { signal } = new AbortController();
  const unit = (...numbers: number[]) => Float32Array.from(numbers);

  async function open() {
    const collection = `mintmark_test_${process.pid}_${Date.now()}`;
    if (where === 'a real server') {
      onTestFinished(async () => {
        await fetch(`${real}/collections/${collection}`, { method: 'DELETE' });
      });
      return new Qdrant({ url: real ?? '', collection, key: process.env.QDRANT_API_KEY });
    }
    const peer = await qdrant();
    onTestFinished(() => peer[Symbol.asyncDispose]());
    return new Qdrant({ url: peer.url, collection, key: 'key' });
  }

  it('gives back the nearest of one space, nearest first', async () => {
    const index = await open();
    await index.put(
      'a',
      [
        { id: 7, vector: unit(1, 0, 0) },
        { id: 8, vector: unit(0, 1, 0) },
      ],
      signal,
    );
    await index.put('b', [{ id: 7, vector: unit(0, 0, 1) }], signal);
    const asked = { vector: unit(0.8, 0.6, 0), limit: 5, signal };
    const near = await index.nearest('a', asked);
    expect(near.map(({ id }) => id)).toEqual([7, 8]);
    expect(near.map(({ cosine }) => cosine.toFixed(3))).toEqual(['0.800', '0.600']);
    expect(await index.nearest('a', { ...asked, limit: 1 })).toHaveLength(1);
    expect(await index.nearest('nobody', asked)).toEqual([]);
  });

  it('takes a vector again without having it twice, and forgets', async () => {
    const index = await open();
    const vectors = [1, 2, 3].map(id => ({ id, vector: unit(1, 0, 0) }));
    await index.put('a', vectors, signal);
    await index.put('a', vectors, signal);
    await index.put('b', vectors, signal);
    expect(await index.count('a', signal)).toBe(3);
    await index.remove('a', [2, 99], signal);
    expect(await index.count('a', signal)).toBe(2);
    await index.clear('a', signal);
    expect([await index.count('a', signal), await index.count('b', signal)]).toEqual([0, 3]);
  });

  it('takes the first vectors of several who come at once, though but one can make the collection', async () => {
    const index = await open();
    const ids = [1, 2, 3, 4, 5, 6, 7, 8];
    await Promise.all(ids.map(id => index.put('a', [{ id, vector: unit(1, 0, 0) }], signal)));
    expect(await index.count('a', signal)).toBe(8);
  });

  it('has nothing to forget where there is no collection, and says what it is', async () => {
    const index = await open();
    await index.remove('a', [1], signal);
    await index.clear('a', signal);
    expect(await index.count('a', signal)).toBe(0);
    expect(index.name).toMatch(/^Qdrant at \S+, collection mintmark_test_/);
    expect(index.name).not.toContain('key');
  });

  it('refuses vectors of another size than its collection holds', async () => {
    const index = await open();
    await index.put('a', [{ id: 1, vector: unit(1, 0, 0) }], signal);
    await expect(index.put('a', [{ id: 2, vector: unit(1, 0) }], signal)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('holds vectors of 3 dimensions; those of the embedder have 2'),
      hint: expect.stringContaining('MINTMARK_VECTORS_COLLECTION'),
    });
  });
});

const embedder = meaningEmbedder(['car', 'automobile'], ['doctor', 'physician'], ['quay', 'port']);

/** A server beside an index, with three memories in both. */
async function open({ db = databasePath(), options = {} } = {}) {
  const peer = await qdrant();
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const vectors = { vectors: `qdrant+${peer.url}`, vectorsKey: 'a-key' };
  const server = await connect({ db, embedder, options: { ...vectors, ...options } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const sold = await remember(server, 'Ada sold her automobile.');
  await remember(server, 'Her physician lives near the quay.');
  await server.engine.settled();
  const found = async (query: string): Promise<string[]> =>
    (await server.call('search', { query })).hits.map(({ snippet }: { snippet: string }) => snippet);
  return { db, peer, server, sold, found };
}

describe('with an index beside the database', () => {
  it('vectors are sent to it, and it is asked what is near', async () => {
    const { peer, found } = await open();
    expect(peer.size()).toBe(2);
    expect(peer.keys).toEqual(new Set(['a-key']));
    expect([...peer.collections.keys()]).toEqual(['mintmark']);
    expect(await found('the car')).toEqual(['Ada sold her automobile.']);
    expect(peer.requests).toContain('POST /points/query');
    expect(await found('doctor')).toEqual(['Her physician lives near the quay.']);
  });

  it('what is purged is forgotten there too', async () => {
    const { peer, server, sold, found } = await open();
    await server.call('memory_forget', { ids: [sold], purge: true });
    await server.engine.settled();
    expect(peer.size()).toBe(1);
    expect(await found('the car')).toEqual([]);
  });

  it('what it proposes and the database does not have is not found', async () => {
    const { peer, server, sold, found } = await open();
    peer.fail(500);
    await server.call('memory_forget', { ids: [sold], purge: true });
    await server.engine.settled();
    expect(peer.size()).toBe(2);
    peer.fail(undefined);
    expect(await found('the car')).toEqual([]);
  });

  it.each([500, 401, 'silent'] as const)(
    'a search goes on without it when it answers %s, and status says so',
    async how => {
      const { peer, server, found } = await open();
      peer.fail(how);
      expect(await found('the car')).toEqual(['Ada sold her automobile.']);
      const { warnings } = await server.call('status');
      expect(warnings).toEqual([
        expect.stringMatching(
          /^Qdrant at 127\.0\.0\.1:\d+, collection mintmark .*compared in the database meanwhile/,
        ),
      ]);
      expect(JSON.stringify(warnings)).not.toContain('a-key');
    },
  );

  it('what was written while it was gone is sent when the server starts anew', async () => {
    const { db, peer, server } = await open();
    peer.fail(503);
    await remember(server, 'The port is closed.');
    await server.engine.settled();
    await server.engine.close();
    expect(peer.size()).toBe(2);
    peer.fail(undefined);
    await using again = await connect({ db, embedder, options: { vectors: `qdrant+${peer.url}` } });
    await again.call('status');
    await again.engine.settled();
    expect(peer.size()).toBe(3);
  });

  it('reindex makes all of it anew', async () => {
    const { peer, server, found } = await open();
    peer.collections.clear();
    await server.engine.reindex();
    expect(peer.size()).toBe(2);
    expect(await found('the car')).toEqual(['Ada sold her automobile.']);
    for (const { points } of peer.collections.values())
      for (const point of points.values()) point.payload.space = 'lost';
    await server.engine.reindex();
    expect(peer.size()).toBe(4);
    expect(await found('the car')).toEqual(['Ada sold her automobile.']);
  });

  it('two databases do not see what the other put into the same collection', async () => {
    const { peer, found } = await open();
    await using other = await connect({
      db: databasePath(),
      embedder,
      options: { vectors: `qdrant+${peer.url}` },
    });
    await remember(other, 'Bob drives an automobile.');
    await other.engine.settled();
    expect(peer.size()).toBe(3);
    expect(await found('the car')).toEqual(['Ada sold her automobile.']);
  });
});

it('requests are of the shape that is published', () => {
  expect(bodies).toMatchSnapshot();
});

it('whoever answers otherwise than Qdrant does is said to, and is tried again', async () => {
  const named = { config: { params: { vectors: { text: { size: 3, distance: 'Cosine' } } } } };
  const other = createServer((_request, response) => response.end(JSON.stringify({ result: named })));
  onTestFinished(() => void other.close());
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const address = other.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  await using server = await connect({ embedder, options: { vectors: `qdrant+${url}` } });
  await remember(server, 'Ada sold her automobile.');
  await server.engine.settled();
  expect((await server.call('status')).warnings).toEqual([
    expect.stringMatching(/Qdrant at .* sent something else .* it is tried again/),
  ]);
});

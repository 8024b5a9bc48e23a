import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { meaningEmbedder } from '../support/embedders.js';
import { qdrant } from '../support/qdrant.js';
import { databasePath, remember } from '../support/remember.js';

it('a filter that leaves few of what an index proposes finds what the database would', async () => {
  await using peer = await qdrant();
  await using server = await connect({
    db: databasePath(),
    embedder: meaningEmbedder(['car', 'automobile'], ['doctor', 'physician']),
    options: { vectors: `qdrant+${peer.url}` },
  });
  for (let from = 0; from < 1100; from += 100)
    await server.call('memory_propose', {
      commit: true,
      changes: Array.from({ length: 100 }, (_, at) => ({
        content: `Automobile ${(from + at) * 7919}.`,
        tags: ['many'],
      })),
    });
  await remember(server, 'A car for the doctor.', { tags: ['few'] });
  await server.engine.settled();
  expect(peer.size()).toBe(1101);
  const { hits } = await server.call('search', { query: 'automobile', tags: ['few'] });
  expect(hits).toMatchObject([{ snippet: 'A car for the doctor.' }]);
});

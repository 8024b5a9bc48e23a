import { expect, it } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { databaseFor } from '../support/engines.js';
import { databasePath } from '../support/remember.js';

it('by default search knows other words for the same, with nothing configured', async () => {
  await using engine = openEngine({ db: databaseFor(databasePath()), scope: ['repo:acme/app'] });
  const contents = [
    'Ada drives to the office by car.',
    'The harvest of lemons was poor.',
    'Backups are written every night.',
  ];
  await engine.memories.propose({ changes: contents.map(content => ({ content })), commit: true });
  await engine.settled();
  const { hits } = await engine.search({ query: 'automobile' });
  expect(hits[0]?.snippet).toBe(contents[0]);
  expect((await engine.status()).backlog.pending_embeddings).toBe(0);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
});

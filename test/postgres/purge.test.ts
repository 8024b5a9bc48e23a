import { expect, it } from 'vitest';
import { openFixed } from '../store/everything.js';
import { temporaryFolder } from '../support/mintmark.js';
import { wordsIn } from '../support/stored.js';

it('no row holds a word of what was purged, and the chains hold', async () => {
  const path = temporaryFolder().file('purge.db');
  await using engine = openFixed(path);
  const { memories, medallions, runs, sessions, blobs } = engine;
  const said = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
  const { committed_ids } = await memories.propose({
    changes: [{ content: 'Grapefruit is banned.', tags: ['pomelo'] }],
    commit: true,
  });
  const { run_id } = await runs.open({ objective: 'Peel the grapefruit.' });
  const { medallion_id } = await medallions.checkpoint({
    graph_nodes: ['project:pomelo'],
    session_summary: 'The grapefruit was peeled.',
  });
  const { session_id } = await sessions.append(said('A grapefruit, please.'));
  const { blob_id } = await blobs.put({ content: 'grapefruit '.repeat(100), name: 'pomelo.txt' });
  await sessions.append(said('Something else stays.'));
  const words = ['grapefruit', 'Grapefruit', 'pomelo', 'Something else stays.'];
  expect(await wordsIn(path, words)).toEqual(words);
  await memories.forget({ ids: [...committed_ids, run_id, medallion_id, session_id, blob_id], purge: true });
  expect(await wordsIn(path, words)).toEqual(['Something else stays.']);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
});

import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';

/** From each on other shares of the rows make a word a common one. */
const SIZES = [600, 5100];
const BATCH = 100;
/** A word of letters alone: statements that differ in a number contradict each other. */
const name = (number: number) =>
  [...String(number)]
    .map(digit => 'abcdefghij'[Number(digit)])
    .join('')
    .padStart(5, 'x');

it.each(SIZES)(
  'of %i what holds a common word alone is found where nothing holds the rarer one',
  async rows => {
    await using server = await connect({ options: { embedder: 'none' } });
    for (let from = 0; from < rows; from += BATCH) {
      const changes = Array.from({ length: BATCH }, (_, at) => ({
        content: `${name(from + at)} has a port.`,
      }));
      expect((await server.engine.memories.propose({ changes, commit: true })).status).toBe('committed');
    }
    const rare = { changes: [{ content: 'The zither has no port.' }], commit: true };
    const { committed_ids } = await server.call('memory_propose', rare);
    const { hits: best, more: others } = await server.call('search', { query: 'port zither' });
    expect(best.map(({ uri }: { uri: string }) => uri)).toEqual([`memory://${committed_ids[0]}`]);
    expect(others).toBe(0);
    await server.call('memory_forget', { ids: committed_ids });
    for (const query of ['port zither', 'port nowhere']) {
      const { hits, more } = await server.call('search', { query, limit: 3 });
      expect(hits).toHaveLength(3);
      expect(more).toBe(rows - 3);
    }
  },
);

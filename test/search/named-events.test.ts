import { describe, expect, it, test } from 'vitest';
import { eventIn } from '../../src/search/named-events.js';
import { connect, fixedSources } from '../support/connect.js';
import { remember } from '../support/remember.js';

const NOW = Date.parse('2023-06-14T09:30:00Z');
const DAY = 86_400_000;

test.each([
  ['What did we decide before the release?', 'before', ['release']],
  ['who broke the build after our migration to Postgres', 'after', ['migration', 'postgres']],
  ['Which flags changed since the Berlin offsite and why?', 'after', ['berlin', 'offsite']],
  ['what was agreed until the launch that Ada planned', 'before', ['launch']],
])('%s names an event', (query, side, terms) => {
  expect(eventIn(query, NOW)).toEqual({ side, terms });
});

test.each([
  'What did we decide before the third of May 2023?',
  'What did we decide before the 3rd of May 2023?',
  'what changed since the beginning of May 2023',
  'Ask before you deploy.',
  'the day after',
  'before the',
  '',
])('%s names no event, or a date', query => {
  expect(eventIn(query, NOW)).toBeUndefined();
});

describe('a time that an event names', () => {
  const QUERY = 'which cache';
  const first = 'Redis became the cache of sessions.';
  const second = 'Everybody agreed to move the cache over to Valkey on Monday.';

  async function told(...between: string[]) {
    const sources = fixedSources();
    const server = await connect({ sources });
    for (const text of [first, ...between, second]) {
      await remember(server, text);
      sources.forward(60 * DAY);
    }
    /** The first hit that is not about the event itself. */
    const best = async (query: string): Promise<string | undefined> => {
      const { hits }: { hits: { snippet: string }[] } = await server.call('search', { query });
      return hits.map(({ snippet }) => snippet).find(snippet => snippet.includes('cache'));
    };
    return { ...server, best };
  }

  it('puts what was said on its side first, whatever is newer', async () => {
    await using server = await told('Version 2 was released: the great release.');
    expect(await server.best(QUERY)).toBe(first);
    expect(await server.best(`${QUERY} before the great release?`)).toBe(first);
    expect(await server.best(`${QUERY} after the great release?`)).toBe(second);
  });

  it('filters nothing out', async () => {
    await using server = await told('Version 2 was released: the great release.');
    const { hits } = await server.call('search', { query: `${QUERY} before the great release?` });
    expect(hits).toHaveLength(3);
  });

  it('is not known where nothing names the event, and changes nothing', async () => {
    await using server = await told('Lunch is at noon.');
    expect(await server.best(`${QUERY} before the great release?`)).toBe(await server.best(QUERY));
  });
});

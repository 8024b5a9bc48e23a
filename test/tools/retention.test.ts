import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const DAY = 86_400_000;

type Server = Awaited<ReturnType<typeof connect>>;

/** What is still recalled of an unimportant fact, an unimportant decision and an important fact, 91 days later. */
async function left(server: Server): Promise<string[]> {
  await remember(server, 'Lunch was late.', { importance: 0.29 });
  await remember(server, 'We squash commits.', { importance: 0.29, type: 'decision' });
  await remember(server, 'Backups lie in Frankfurt.', { importance: 0.3 });
  server.sources.forward(91 * DAY);
  await remember(server, 'A cat visited.', { importance: 0 });
  await server.engine.maintain();
  const { hits } = await server.call('search', { query: '' });
  return hits.map((hit: { snippet: string }) => hit.snippet).sort();
}

const ALL = ['A cat visited.', 'Backups lie in Frankfurt.', 'Lunch was late.', 'We squash commits.'];

describe('retention', () => {
  it.each([
    ['nothing by default', {}, ALL],
    ['nothing when it is off', { retention: ['off'] }, ALL],
    [
      'the types it is on for',
      { retention: ['fact'] },
      ['A cat visited.', 'Backups lie in Frankfurt.', 'We squash commits.'],
    ],
    [
      'every type named',
      { retention: ['fact', 'decision'] },
      ['A cat visited.', 'Backups lie in Frankfurt.'],
    ],
    ['no other type', { retention: ['policy'] }, ALL],
    ['nothing too young', { retention: ['fact'], retentionDays: 92 }, ALL],
    ['nothing important enough', { retention: ['fact'], retentionImportance: 0.29 }, ALL],
  ] as const)('deprecates %s', async (_, options, expected) => {
    await using server = await connect({ options });
    expect(await left(server)).toEqual(expected);
  });

  it('can be undone, and leaves a sound ledger', async () => {
    await using server = await connect({ options: { retention: ['fact'] } });
    await left(server);
    const [hit] = (await server.call('search', { query: 'lunch', statuses: ['deprecated'] })).hits;
    await server.call('memory_forget', { ids: [hit.uri.slice('memory://'.length)], restore: true });
    expect((await server.call('search', { query: 'lunch' })).hits).toHaveLength(1);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it.each(['on', 'opinion'])('refuses "%s", naming the types', async type => {
    const refused = connect({ options: { retention: JSON.parse(`["${type}"]`) } });
    await expect(refused).rejects.toThrow(new RegExp(`retention is \\[ '${type}' \\]; expected .*off, fact`));
  });
});

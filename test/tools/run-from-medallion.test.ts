import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';

const struck = {
  session_summary: 'We moved half of billing.',
  high_level: 'Half of billing runs on the new queue.',
  invariants: ['Never drop an invoice.'],
  recommended_entry_points: ['src/queue.ts'],
  open_questions: [{ question: 'Who pays for retries?', priority: 'high', blocked_on: ['finance'] }],
};

it('opens a run where a medallion stopped, in its scope', async () => {
  await using server = await connect();
  const { uri } = await server.call('checkpoint', { ...struck, graph_nodes: ['repo:acme/billing'] });
  const opened = await server.call('run_open', { from: uri });
  expect(opened).toMatchObject({
    scope: 'repo:acme/billing',
    working_set: {
      objective: struck.high_level,
      constraints: struck.invariants,
      next_action: 'src/queue.ts',
      blockers: ['finance'],
      pinned_context: [{ content: 'Who pays for retries?', source_ref: `${uri}/v/1` }],
    },
  });
  expect(opened).not.toHaveProperty('omitted');
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
});

it('opens one from an earlier version, or with another objective', async () => {
  await using server = await connect();
  const { uri, medallion_id } = await server.call('checkpoint', struck);
  await server.call('checkpoint', { session_summary: 'All of it.', high_level: 'All of billing moved.' });
  const first = await server.call('run_open', { from: `${uri}/v/1` });
  expect(first.working_set.objective).toBe(struck.high_level);
  const other = await server.call('run_open', { from: medallion_id, objective: 'Clean up.' });
  expect(other.working_set).toMatchObject({ objective: 'Clean up.', constraints: struck.invariants });
});

it('says that there is no such medallion, or no such version', async () => {
  await using server = await connect();
  const { uri } = await server.call('checkpoint', struck);
  for (const from of ['medallion://med_0', `${uri}/v/2`])
    await expect(server.call('run_open', { from })).rejects.toThrow('not_found');
});

it('takes from a medallion that says more than a working set holds what fits, in its order', async () => {
  await using server = await connect();
  const long = (about: string) =>
    Array.from({ length: 30 }, (_, at) => `${about} ${at}: ${'do not forget '.repeat(20)}`);
  const { uri } = await server.call('checkpoint', {
    ...struck,
    invariants: long('Rule'),
    recommended_entry_points: [`Begin with ${'this and that, '.repeat(130)}`.slice(0, 2000)],
    open_questions: long('Question').map(question => ({ question, priority: 'low', blocked_on: [question] })),
  });
  const { working_set, omitted } = await server.call('run_open', { from: uri });
  expect(working_set.constraints[0]).toMatch(/^Rule 0:/);
  for (const list of ['constraints', 'pinned_context', 'blockers']) {
    expect(working_set[list].length, list).toBeGreaterThan(1);
    expect(working_set[list].length + omitted[list], list).toBe(30);
  }
  const given = await server.call('run_open', { from: uri, constraints: ['Be kind.'] });
  expect(Object.keys(given.omitted)).toEqual(['pinned_context', 'blockers']);
});

import { expect, test } from 'vitest';
import { Place } from './command-line.js';

const waiting = { content: 'Releases are cut on Fridays', trust: 'import' } as const;

test('review lists what waits, with outside text fenced', async () => {
  using place = new Place();
  const { batch_id } = await place.propose([waiting]);
  const { code, out } = await place.run('review');
  expect(code).toBe(0);
  expect(out).toContain(batch_id);
  expect(out).toContain('untrusted import');
  expect(JSON.parse((await place.run('review', '--json')).out)).toMatchObject([
    { batch_id, trust: 'import' },
  ]);
});

test('review --approve commits what only a person may commit', async () => {
  using place = new Place();
  const { batch_id, status } = await place.propose([waiting]);
  expect(status).toBe('needs_review');
  const { code, out } = await place.run('review', batch_id, '--approve', '--json');
  expect(JSON.parse(out)).toMatchObject({ batch_id, status: 'committed' });
  expect(code).toBe(0);
  expect((await place.run('review')).out).toBe('Nothing waits for review.\n');
});

test('review --reject rejects, and approving afterwards fails', async () => {
  using place = new Place();
  const { batch_id } = await place.propose([waiting]);
  const rejected = await place.run('review', batch_id, '--reject', '--reason', 'not true');
  expect(rejected).toMatchObject({ code: 0, out: `${batch_id} rejected\n` });
  const approved = await place.run('review', batch_id, '--approve');
  expect(approved.code).toBe(1);
  expect(approved.err).toContain('conflict');
});

test('review of an unknown batch exits with 1', async () => {
  using place = new Place();
  for (const args of [['bat_x'], ['bat_x', '--approve']]) {
    const { code, err } = await place.run('review', ...args);
    expect(err).toContain('not_found');
    expect(code).toBe(1);
  }
});

test('text of a memory cannot steer the terminal', async () => {
  using place = new Place();
  await place.propose([{ content: 'red \u001b[31malert', trust: 'tool' }]);
  const { out } = await place.run('review');
  expect(out).toContain('[31malert');
  expect(out).not.toContain('\u001b');
});

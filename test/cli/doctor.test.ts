import { expect, test } from 'vitest';
import { tamper } from '../support/stored.js';
import { Place } from './command-line.js';

test('doctor finds a sound database healthy, deeply too', async () => {
  using place = new Place();
  await place.propose([{ content: 'Deploys happen on Mondays' }]);
  const { code, out } = await place.run('doctor', '--deep');
  expect(out).toContain('healthy');
  expect(out).toContain('content hashes');
  expect(code).toBe(0);
});

test('doctor --deep exits with 1 and advice when one byte of a memory was altered', async () => {
  using place = new Place();
  const { committed_ids } = await place.propose([{ content: 'Deploys happen on Mondays' }]);
  await tamper(
    place.db,
    `update body set content = replace(content, 'Mondays', 'Sundays') where owner = '${committed_ids[0]}'`,
  );
  const { code, out } = await place.run('doctor', '--deep');
  expect(out).toContain(committed_ids[0]);
  expect(out).toContain('mintmark export');
  expect(code).toBe(1);
  const json = await place.run('doctor', '--deep', '--json');
  expect(JSON.parse(json.out)).toMatchObject({ healthy: false });
  expect(json.code).toBe(1);
});

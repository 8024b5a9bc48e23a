import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
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
  const database = new Database(place.db);
  database.exec('drop trigger body_is_not_changed');
  database
    .prepare("update body set content = replace(content, 'Mondays', 'Sundays') where owner = ?")
    .run(committed_ids[0]);
  database.exec(
    "create trigger body_is_not_changed before update on body\nbegin select raise(abort, 'a body is never changed'); end",
  );
  database.close();
  const { code, out } = await place.run('doctor', '--deep');
  expect(out).toContain(committed_ids[0]);
  expect(out).toContain('mintmark export');
  expect(code).toBe(1);
  const json = await place.run('doctor', '--deep', '--json');
  expect(JSON.parse(json.out)).toMatchObject({ healthy: false });
  expect(json.code).toBe(1);
});

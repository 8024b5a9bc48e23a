import { it } from 'vitest';
import type { Engine } from '../../src/engine.js';
import { openFixed } from '../store/everything.js';
import { temporaryFolder } from '../support/mintmark.js';
import { psql } from '../support/postgres.js';

/** The longest that may be asked for. */
const NEVER = 60_000;

/** Two replicas, and what the first hears of. */
async function replicas(pollMs: number) {
  const db = temporaryFolder().file('team.db');
  const [one, two] = [openFixed(db, { pollMs }), openFixed(db, { pollMs })];
  await one.status();
  const heard: string[] = [];
  let wake = () => {};
  await one.subscribe(events => {
    heard.push(...events.map(({ type }) => type));
    wake();
  });
  const hears = async (count: number) => {
    while (heard.length < count)
      await new Promise<void>(resolve => {
        wake = resolve;
      });
  };
  return { db, one, two, hears, close: () => Promise.all([one.close(), two.close()]) };
}

const note = (engine: Engine, content: string) =>
  engine.memories.propose({ changes: [{ content }], commit: true });

/** The listening connections of the tests' server. */
const LISTENING = `select pid from pg_stat_activity where application_name = 'mintmark' and query like 'listen%'`;

it('a subscriber hears of what another replica wrote, without looking', { timeout: NEVER }, async () => {
  const { two, hears, close } = await replicas(NEVER);
  await note(two, 'Written elsewhere.');
  await hears(1);
  await note(two, 'Again.');
  await hears(2);
  await close();
});

it('a subscriber hears by looking while its connection is lost, and without looking once it is back', async () => {
  const { db, two, hears, close } = await replicas(50);
  await using owner = await psql(db);
  await owner.rows(`select pg_terminate_backend(pid) from (${LISTENING}) l`);
  await note(two, 'Written meanwhile.');
  await hears(1);
  await close();
});

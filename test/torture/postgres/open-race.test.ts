import { expect, it } from 'vitest';
import { openFixed } from '../../store/everything.js';
import { dropDatabases } from '../../support/engines.js';
import { temporaryFolder } from '../../support/mintmark.js';

const ROUNDS = Number(process.env.MINTMARK_RACE_ROUNDS ?? 10) * 10;
const REPLICAS = 6;

it(`one new database is opened by ${REPLICAS} replicas at once, ${ROUNDS} times`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const db = temporaryFolder().file('new.db');
    const replicas = Array.from({ length: REPLICAS }, () => openFixed(db));
    const outcomes = await Promise.allSettled(replicas.map(replica => replica.status()));
    const failures = outcomes.flatMap(outcome =>
      outcome.status === 'rejected' ? String(outcome.reason) : [],
    );
    expect(failures, `round ${round}`).toEqual([]);
    await Promise.all(replicas.map(replica => replica.close()));
    await dropDatabases();
  }
});

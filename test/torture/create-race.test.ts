import { expect, it } from 'vitest';
import { openFile, outcomeOf, startMintmark, temporaryFolder } from '../support/mintmark.js';
import type { Spawned } from '../support/spawn.js';
import { storedMemories } from '../support/stored.js';

const ROUNDS = Number(process.env.MINTMARK_RACE_ROUNDS ?? 10);
const PROCESSES = 8;

it(`opens one new file in ${PROCESSES} processes at once, ${ROUNDS} times`, {
  timeout: 600_000 + ROUNDS * 10_000,
}, async () => {
  using folder = temporaryFolder();
  for (let round = 0; round < ROUNDS; round += 1) {
    const db = folder.file(`race-${round}.db`);
    // The file is opened by the first call: in every second round all are started and wait for it.
    const servers = round % 2 === 0 ? cold(db) : await Promise.all(cold(db));
    const replies = await Promise.all(servers.map(firstCall));
    expect(
      replies.flatMap(outcome => ('failure' in outcome ? outcome.failure : [])),
      `round ${round}`,
    ).toEqual([]);
    expect(await storedMemories(db)).toHaveLength(PROCESSES / 2);
    await using engine = openFile(db);
    expect((await engine.verify({ deep: true })).findings, `round ${round}`).toEqual([]);
  }
});

const cold = (db: string): Promise<Spawned>[] => Array.from({ length: PROCESSES }, () => startMintmark(db));

async function firstCall(starting: Spawned | Promise<Spawned>, index: number) {
  await using server = await starting;
  const reply =
    index % 2 === 0
      ? await server.call('status')
      : await server.call('memory_propose', { changes: [{ content: `written by ${index}` }] });
  return outcomeOf(reply);
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { EngineError } from '../../../src/errors.js';
import { openFile, temporaryFolder } from '../../support/mintmark.js';

/** A shell command that ends the database server without asking it, and starts it again. */
const RESTART = process.env.MINTMARK_TEST_POSTGRES_RESTART;
const ROUNDS = Number(process.env.MINTMARK_RESTART_ROUNDS ?? 2);
const CLIENTS = 6;

it('a database server that is killed under load loses nothing acknowledged, and its clients go on', {
  timeout: 600_000 + ROUNDS * 60_000,
}, async context => {
  if (!RESTART) return context.skip('MINTMARK_TEST_POSTGRES_RESTART is not set, as .ci/postgres does');
  const db = temporaryFolder().file('restarted.db');
  const replicas = [openFile(db), openFile(db)];
  await Promise.all(replicas.map(replica => replica.status()));
  const known = new Map<string, string>();
  const refusals: string[] = [];
  let ended = false;
  const write = async (index: number): Promise<void> => {
    const replica = replicas[index % replicas.length];
    for (let number = 0; replica && !ended; number += 1) {
      const content = `Writer ${index} wrote its sentence number ${number}.`;
      const once = { tool: 'memory_propose', key: `${index}-${number}`, argumentsHash: 'a'.repeat(64) };
      const call = replica.call({ idempotency: once });
      // Whoever gets no answer asks again with the same key.
      for (let done = false; !done && !ended; )
        await replica.memories.propose({ changes: [{ content }], commit: true }, call).then(
          ({ changes: [change] }) => {
            done = true;
            if (change && 'memory_id' in change) known.set(String(change.memory_id), content);
          },
          (error: unknown) => {
            if (!(error instanceof EngineError)) throw error;
            refusals.push(`${error.code}: ${error.hint}`);
          },
        );
    }
  };
  const writers = Array.from({ length: CLIENTS }, (_, index) => write(index));
  const more = async (count: number) => {
    const enough = known.size + count;
    await expect.poll(() => known.size).toBeGreaterThanOrEqual(enough);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    await more(20);
    await promisify(execFile)('sh', ['-c', RESTART]);
  }
  await more(20);
  ended = true;
  await Promise.all(writers);
  await Promise.all(replicas.map(replica => replica.close()));
  console.log(`${known.size} acknowledged, ${refusals.length} refused`);
  for (const refusal of refusals) expect(refusal).toMatch(/^(?:busy|unavailable): .*Repeat the same call/);
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
  for (const [id, content] of known) expect((await engine.memories.read(id)).text).toContain(content);
});

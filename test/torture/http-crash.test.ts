import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { send, toolCall } from '../support/http.js';
import { mintmark, openFile, randomFrom, seedOfRun, temporaryFolder } from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';
import { storedMemories } from './stored.js';

const ROUNDS = Number(process.env.MINTMARK_CRASH_ROUNDS ?? 8);
const CLIENTS = 12;
const SEED = seedOfRun();

const Stored = z.object({
  result: z.object({
    structuredContent: z.object({
      replayed: z.boolean().optional(),
      changes: z.tuple([z.object({ memory_id: z.string() })]),
    }),
  }),
});

it(`a server killed under ${CLIENTS} clients loses nothing acknowledged (MINTMARK_SEED=${SEED})`, {
  timeout: 60_000 + ROUNDS * 15_000,
}, async () => {
  using folder = temporaryFolder();
  const db = folder.file('team.db');
  const random = randomFrom(SEED);
  const token = await tokenIn(db);
  const clients = Array.from({ length: CLIENTS }, (_, index) => new Retrying(index, token));
  for (let round = 0; round < ROUNDS; round += 1) {
    await using server = new Spawned([...mintmark, 'serve', '--http', '127.0.0.1:0', '--db', db]);
    const url = await server.until(() => /http:\/\/[\d.:]+/.exec(server.stderr)?.[0]);
    const working = clients.map(client => client.work(url));
    await sleep(300 + random() * 600);
    server.child.kill('SIGKILL');
    await Promise.all(working);
    await inspect(db, clients, `round ${round}`);
  }
  const sum = (what: 'replays') => clients.reduce((total, client) => total + client[what], 0);
  const acknowledged = clients.reduce((total, client) => total + client.acknowledged.size, 0);
  console.log(`${ROUNDS} kills: ${acknowledged} acknowledged, ${sum('replays')} retries were replays`);
  expect(acknowledged).toBeGreaterThan(ROUNDS);
});

async function tokenIn(db: string): Promise<string> {
  await using engine = openFile(db);
  const { token } = await engine.tokens.create({ namespace: 'default', permissions: ['read', 'write'] });
  return token;
}

async function inspect(db: string, clients: readonly Retrying[], when: string): Promise<void> {
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings, when).toEqual([]);
  const stored = new Map(storedMemories(db).map(({ id, content }) => [id, content]));
  expect(new Set(stored.values()).size, `${when}: written once`).toBe(stored.size);
  for (const { acknowledged } of clients)
    for (const [id, content] of acknowledged) expect(stored.get(id), when).toBe(content);
}

/** Writes until the server is gone. What got no answer it sends again, with the same key, to the next one. */
class Retrying {
  readonly acknowledged = new Map<string, string>();
  replays = 0;
  readonly #index: number;
  readonly #token: string;
  #count = 0;

  constructor(index: number, token: string) {
    this.#index = index;
    this.#token = token;
  }

  async work(url: string): Promise<void> {
    for (;;) {
      const content = `Client ${this.#index} wrote its sentence number ${this.#count}.`;
      const answer = await this.#propose(url, content).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status, answer.text).toBe(200);
      const { structuredContent: done } = Stored.parse(JSON.parse(answer.text)).result;
      if (done.replayed) this.replays += 1;
      this.acknowledged.set(done.changes[0].memory_id, content);
      this.#count += 1;
    }
  }

  #propose(url: string, content: string) {
    const changes = [{ content }];
    const idempotency_key = `${this.#index}-${this.#count}`;
    return send(`${url}/mcp`, {
      ...toolCall('memory_propose', { changes, commit: true, idempotency_key }),
      token: this.#token,
    });
  }
}

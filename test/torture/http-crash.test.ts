import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { initialize, send, toolCall } from '../support/http.js';
import { openFile, randomFrom, seedOfRun, serveMintmark, temporaryFolder } from '../support/mintmark.js';
import { storedMemories } from '../support/stored.js';

const ROUNDS = Number(process.env.MINTMARK_CRASH_ROUNDS ?? 8);
const CLIENTS = 12;
const SEED = seedOfRun();

const Stored = z.object({
  replayed: z.boolean().optional(),
  changes: z.tuple([z.object({ memory_id: z.string() })]),
});
const Reply = z.object({ result: z.object({ structuredContent: Stored }) });

it(`a server killed under ${CLIENTS} clients loses nothing acknowledged (MINTMARK_SEED=${SEED})`, {
  timeout: 600_000 + ROUNDS * 15_000,
}, async () => {
  using folder = temporaryFolder();
  const db = folder.file('team.db');
  const random = randomFrom(SEED);
  const token = await tokenIn(db);
  const clients = Array.from({ length: CLIENTS }, (_, index) => new Retrying(index, token));
  for (let round = 0; round < ROUNDS; round += 1) {
    await using replica = await serveMintmark(db);
    const { server, url } = replica;
    const working = clients.map(client => client.work(url));
    // In the middle of it, however busy the machine is.
    const enough = acknowledgedBy(clients) + 1 + random() * 5 * CLIENTS;
    while (acknowledgedBy(clients) < enough) await sleep(random() * 20);
    server.child.kill('SIGKILL');
    await Promise.all(working);
    await inspect(db, clients, `round ${round}`);
  }
  const sum = (what: 'replays') => clients.reduce((total, client) => total + client[what], 0);
  console.log(
    `${ROUNDS} kills: ${acknowledgedBy(clients)} acknowledged, ${sum('replays')} retries were replays`,
  );
});

const acknowledgedBy = (clients: readonly Retrying[]): number =>
  clients.reduce((total, { acknowledged }) => total + acknowledged.size, 0);

async function tokenIn(db: string): Promise<string> {
  await using engine = openFile(db);
  const { token } = await engine.tokens.create({ namespace: 'default', permissions: ['read', 'write'] });
  return token;
}

async function inspect(db: string, clients: readonly Retrying[], when: string): Promise<void> {
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings, when).toEqual([]);
  const stored = new Map((await storedMemories(db)).map(({ id, content }) => [id, content]));
  expect(new Set(stored.values()).size, `${when}: written once`).toBe(stored.size);
  for (const { acknowledged } of clients)
    for (const [id, content] of acknowledged) expect(stored.get(id), when).toBe(content);
}

type Write = (args: Record<string, unknown>) => Promise<z.infer<typeof Stored>>;

/** Each wire in its turn: a call without a session, plain HTTP, and a session, which a client opens anew after a crash. */
const WIRES: readonly ((url: string, token: string) => Promise<Write>)[] = [
  async (url, token) => async args => {
    const { status, text } = await send(`${url}/mcp`, { ...toolCall('memory_propose', args), token });
    expect(status, text).toBe(200);
    return Reply.parse(JSON.parse(text)).result.structuredContent;
  },
  async (url, token) => async args => {
    const { status, text } = await send(`${url}/v1/memory_propose`, { body: args, token });
    expect(status, text).toBe(200);
    return Stored.parse(JSON.parse(text));
  },
  async (url, token) => {
    const opened = await send(`${url}/mcp`, { body: initialize, token });
    const headers = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const params = (args: Record<string, unknown>) => ({ name: 'memory_propose', arguments: args });
    return async args => {
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: params(args) };
      const { status, text } = await send(`${url}/mcp`, { body, headers, token });
      expect(status, text).toBe(200);
      const event = /^data: (\{.*)$/m.exec(text)?.[1];
      // The server died between the head of the answer and what it had to say.
      if (event === undefined) throw new Error('cut');
      return Reply.parse(JSON.parse(event)).result.structuredContent;
    };
  },
];

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
    const write = await WIRES[this.#index % WIRES.length]?.(url, this.#token).catch(unlessGone);
    // As one does who does not know whether the last answer was for its last call.
    for (let number = Math.max(0, this.#count - 1); write; number += 1) {
      const content = `Client ${this.#index} wrote its sentence number ${number}.`;
      const idempotency_key = `${this.#index}-${number}`;
      const done = await write({ changes: [{ content }], commit: true, idempotency_key }).catch(unlessGone);
      if (done === undefined) return;
      const { memory_id } = done.changes[0];
      if (number < this.#count)
        expect({ replayed: done.replayed, known: this.acknowledged.get(memory_id) }).toEqual({
          replayed: true,
          known: content,
        });
      if (done.replayed) this.replays += 1;
      this.acknowledged.set(memory_id, content);
      this.#count = number + 1;
    }
  }
}

/** A refusal is a failure of the test; a lost connection is what it is about. */
function unlessGone(error: unknown): undefined {
  const gone =
    error instanceof Error &&
    /cut|ECONN|EPIPE|socket hang up|aborted/.test(`${error.message} ${Reflect.get(error, 'code')}`);
  if (!gone) throw error;
}

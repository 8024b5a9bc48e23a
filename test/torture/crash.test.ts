import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  environment,
  mintmark,
  openFile,
  outcomeOf,
  randomFrom,
  seedOfRun,
  temporaryFolder,
} from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';
import { storedMemories } from '../support/stored.js';

const ROUNDS = Number(process.env.MINTMARK_CRASH_ROUNDS ?? 20);
const WRITERS = 3;
const SEED = seedOfRun();

it(`loses no acknowledged write in ${ROUNDS} kills (MINTMARK_SEED=${SEED})`, {
  timeout: 600_000 + ROUNDS * 10_000,
}, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  using folder = temporaryFolder();
  const db = folder.file('crash.db');
  const random = randomFrom(SEED);
  const writers = Array.from({ length: WRITERS }, (_, index) => new CrashingWriter(db, index));
  for (let round = 0; round < ROUNDS; round += 1) {
    await crash(writers, random);
    await inspect(db, writers, `round ${round}`);
  }
  await Promise.all(writers.map(writer => writer.settle()));
  await inspect(db, writers, 'after the last retries');
  const [acknowledged, replays] = [sum(writers, 'acknowledgements'), sum(writers, 'replays')];
  console.log(`${ROUNDS} rounds: ${acknowledged} acknowledged, ${replays} unknown outcomes were replays`);
});

const sum = (writers: readonly CrashingWriter[], what: 'acknowledgements' | 'replays'): number =>
  writers.reduce((total, writer) => total + writer[what], 0);

/** Kills all of them at once: in one round of four while they start, else while they write. */
async function crash(writers: readonly CrashingWriter[], random: () => number): Promise<void> {
  const starting = random() < 0.25;
  const moment = sleep(random() * (starting ? 700 : 150));
  for (const writer of writers) writer.start();
  if (starting) await moment;
  else {
    await Promise.all(writers.map(writer => writer.writing));
    await sleep(random() * 150);
  }
  await Promise.all(writers.map(writer => writer.kill()));
}

async function inspect(db: string, writers: readonly CrashingWriter[], when: string): Promise<void> {
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings, when).toEqual([]);
  const stored = await storedMemories(db);
  expect(new Set(stored.map(({ content }) => content)).size, `${when}: written once`).toBe(stored.length);
  const active = new Map(stored.map(({ id, status, content }) => [id, `${status} ${content}`]));
  const lost = writers.flatMap(({ acknowledged }) =>
    [...acknowledged].filter(([id, content]) => active.get(id) !== `active ${content}`),
  );
  expect(lost, `${when}: acknowledged and lost`).toEqual([]);
}

/** Writes on and on. What was under way at the kill it repeats with the same key after the next start. */
class CrashingWriter {
  readonly acknowledged = new Map<string, string>();
  replays = 0;
  /** Resolves after the first acknowledgement since the last start. */
  writing: Promise<void> = Promise.resolve();
  readonly #db: string;
  readonly #index: number;
  #server: Spawned | undefined;
  #loop: Promise<void> = Promise.resolve();
  #unknown: string | undefined;
  #count = 0;

  constructor(db: string, index: number) {
    this.#db = db;
    this.#index = index;
  }

  get acknowledgements(): number {
    return this.acknowledged.size;
  }

  start(): void {
    const server = new Spawned(mintmark, environment(this.#db));
    this.#server = server;
    this.writing = new Promise(resolve => {
      this.#loop = this.#write(server, resolve);
    });
  }

  async kill(): Promise<void> {
    const server = this.#server;
    server?.child.kill('SIGKILL');
    await server?.exited;
    await this.#loop;
  }

  async settle(): Promise<void> {
    await using server = new Spawned(mintmark, environment(this.#db));
    await server.initialize();
    await this.#writeOne(server);
    server.endInput();
    await server.ends();
  }

  async #write(server: Spawned, acknowledged: () => void): Promise<void> {
    try {
      await server.initialize();
      for (;;) {
        await this.#writeOne(server);
        acknowledged();
      }
    } catch (error) {
      // The kill ends every loop; whatever else goes wrong must not pass for it.
      if (server.child.signalCode !== 'SIGKILL') throw error;
    }
  }

  async #writeOne(server: Spawned): Promise<void> {
    const content = this.#unknown ?? this.#content();
    this.#unknown = content;
    const change = { content };
    const call = server.call('memory_propose', {
      changes: [change],
      commit: true,
      idempotency_key: content,
    });
    const outcome = outcomeOf(await call);
    if ('failure' in outcome) throw new Error(outcome.failure);
    if (outcome.value.status !== 'committed') throw new Error(JSON.stringify(outcome.value));
    this.acknowledged.set(outcome.value.changes?.[0]?.memory_id ?? '', content);
    if (outcome.value.replayed) this.replays += 1;
    this.#unknown = undefined;
  }

  #content(): string {
    this.#count += 1;
    // Unlike words, so that no two contents look like a contradiction.
    const word = (salt: number) =>
      ((this.#count * 7919 + this.#index * 104_729 + salt) * 48_271).toString(36);
    return `w${this.#index}n${this.#count} ${word(1)} ${word(2)} ${word(3)}`;
  }
}

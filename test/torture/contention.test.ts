import { expect, it } from 'vitest';
import {
  type Outcome,
  openFile,
  outcomeOf,
  randomFrom,
  seedOfRun,
  startMintmark,
  temporaryFolder,
} from '../support/mintmark.js';
import type { Spawned } from '../support/spawn.js';
import { storedMemories } from '../support/stored.js';

const PROCESSES = Number(process.env.MINTMARK_CONTENTION_PROCESSES ?? 8);
const WRITES = Number(process.env.MINTMARK_CONTENTION_WRITES ?? 250);
const SHARED = 40;
const SEED = seedOfRun();

it(`keeps every acknowledged write of ${PROCESSES} processes exactly once (MINTMARK_SEED=${SEED})`, {
  timeout: 900_000,
}, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  using folder = temporaryFolder();
  const db = folder.file('shared.db');
  const servers = await Promise.all(Array.from({ length: PROCESSES }, () => startMintmark(db)));
  const writers = servers.map((server, index) => new Writer(server, index));
  const shared = await seedShared(writers);
  await Promise.all(writers.map(writer => writer.run(WRITES, shared)));
  for (const server of servers) server.endInput();
  await Promise.all(servers.map(server => server.ends()));

  expect(writers.flatMap(writer => writer.busy)).toEqual([]);
  expect(writers.flatMap(writer => writer.surprises)).toEqual([]);
  const stored = await storedMemories(db);
  expect(new Set(stored.map(memory => memory.content)).size).toBe(stored.length);
  const expected = new Map(writers.flatMap(writer => [...writer.acknowledged]));
  const won = writers.flatMap(writer => writer.won);
  expect(new Set(won).size).toBe(won.length);
  for (const id of won) expected.set(id, { ...expected.get(id), status: 'superseded' });
  expect(new Map(stored.map(({ id, status, content }) => [id, { status, content }]))).toEqual(expected);
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
  report(writers);
});

async function seedShared([first]: readonly Writer[]): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < SHARED && first; i += 1) ids.push(await first.add());
  return ids;
}

function report(writers: readonly Writer[]): void {
  const times = writers.flatMap(writer => writer.times).sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0);
  const races = writers.reduce((sum, writer) => sum + writer.lost, 0);
  console.log(
    `${times.length} writes: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms; ${races} races lost`,
  );
}

/** One client, which knows what each of its acknowledged writes must have left behind. */
class Writer {
  readonly acknowledged = new Map<string, { status?: string; content?: string }>();
  readonly busy: string[] = [];
  readonly surprises: string[] = [];
  readonly times: number[] = [];
  /** Shared memories that this writer replaced. */
  readonly won: string[] = [];
  lost = 0;
  readonly #server: Spawned;
  readonly #index: number;
  readonly #random: () => number;
  /** Own memories that nobody else touches. */
  readonly #own: string[] = [];
  #count = 0;

  constructor(server: Spawned, index: number) {
    this.#server = server;
    this.#index = index;
    this.#random = randomFrom(SEED + index);
  }

  async run(writes: number, shared: readonly string[]): Promise<void> {
    for (let i = 0; i < writes; i += 1) {
      const dice = this.#random();
      const target = this.#own[Math.floor(this.#random() * this.#own.length)];
      if (dice < 0.1) await this.#race(shared[Math.floor(this.#random() * shared.length)] ?? '');
      else if (dice < 0.3 && target) await this.#supersede(target);
      else if (dice < 0.45 && target) await this.#forget(target);
      else if (dice < 0.65) await this.#addInTwoSteps();
      else this.#own.push(await this.add());
    }
  }

  async add(): Promise<string> {
    const content = this.#content();
    const args = { changes: [{ content }], commit: true, idempotency_key: `key ${content}` };
    const reply = await this.#committed(await this.#call('memory_propose', args));
    if (this.#random() < 0.2) {
      const again = await this.#call('memory_propose', args);
      if (!('value' in again && again.value.replayed))
        this.surprises.push('a repeated call was not a replay');
    }
    this.acknowledged.set(reply, { status: 'active', content });
    return reply;
  }

  async #addInTwoSteps(): Promise<void> {
    const content = this.#content();
    const proposed = await this.#call('memory_propose', { changes: [{ content }] });
    this.acknowledged.set(await this.#committed(proposed), { status: 'active', content });
  }

  async #supersede(target: string): Promise<void> {
    const content = this.#content();
    const changes = [{ op: 'supersede', content, supersedes: [target] }];
    const id = await this.#committed(await this.#call('memory_propose', { changes, commit: true }));
    this.acknowledged.set(id, { status: 'active', content });
    this.#retire(target, 'superseded');
    this.#own.push(id);
  }

  async #forget(target: string): Promise<void> {
    const done = await this.#call('memory_forget', { ids: [target] });
    if ('failure' in done) this.surprises.push(done.failure);
    this.#retire(target, 'deprecated');
  }

  /** Many want to replace the same memory; one may. */
  async #race(target: string): Promise<void> {
    const content = this.#content();
    const changes = [{ op: 'supersede', content, supersedes: [target] }];
    const proposed = await this.#call('memory_propose', { changes });
    if ('failure' in proposed) return this.#lose(proposed.failure);
    const decided = await this.#call('memory_commit', { batch_id: proposed.value.batch_id });
    const id = proposed.value.changes?.[0]?.memory_id ?? '';
    this.acknowledged.set(id, { status: 'failure' in decided ? 'proposed' : 'active', content });
    if ('failure' in decided) this.#lose(decided.failure);
    else this.won.push(target);
  }

  #lose(failure: string): void {
    this.lost += 1;
    if (!/superseded/.test(failure)) this.surprises.push(failure);
  }

  #retire(id: string, status: string): void {
    this.#own.splice(this.#own.indexOf(id), 1);
    this.acknowledged.set(id, { ...this.acknowledged.get(id), status });
  }

  /** The id of what was proposed, once it is committed. */
  async #committed(proposed: Outcome): Promise<string> {
    if ('failure' in proposed) throw new Error(proposed.failure);
    const { batch_id, status, changes } = proposed.value;
    if (status !== 'committed') {
      const decided = await this.#call('memory_commit', { batch_id });
      if ('failure' in decided) throw new Error(decided.failure);
    }
    return changes?.[0]?.memory_id ?? '';
  }

  async #call(name: string, args: Record<string, unknown>): Promise<Outcome> {
    const start = performance.now();
    const outcome = outcomeOf(await this.#server.call(name, args));
    this.times.push(performance.now() - start);
    if ('failure' in outcome && outcome.failure.startsWith('busy')) this.busy.push(outcome.failure);
    return outcome;
  }

  #content(): string {
    const word = () => Math.floor(this.#random() * 36 ** 6).toString(36);
    this.#count += 1;
    return `w${this.#index}n${this.#count} ${word()} ${word()} ${word()} ${word()}`;
  }
}

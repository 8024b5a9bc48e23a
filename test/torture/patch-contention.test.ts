import { expect, it } from 'vitest';
import { openFile, randomFrom, seedOfRun, startMintmark, temporaryFolder } from '../support/mintmark.js';
import type { Spawned } from '../support/spawn.js';
import { callRun, readLedger, readRun } from './run-client.js';

const PROCESSES = Number(process.env.MINTMARK_PATCH_PROCESSES ?? 8);
const PATCHES = Number(process.env.MINTMARK_PATCHES ?? 40);
const SEED = seedOfRun();

it(`takes ${PROCESSES} × ${PATCHES} patches on one working set without losing one (MINTMARK_SEED=${SEED})`, {
  timeout: 600_000 + PROCESSES * PATCHES * 200,
}, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  using folder = temporaryFolder();
  const db = folder.file('patches.db');
  const servers = await Promise.all(Array.from({ length: PROCESSES }, () => startMintmark(db)));
  const [first] = servers;
  if (!first) throw new Error('no server');
  const opened = await callRun(first, 'run_open', { objective: 'Contend.' });
  if (typeof opened === 'string' || !opened.run_id) throw new Error(String(opened));
  const run_id = opened.run_id;
  const writers = servers.map((server, index) => new Patcher(server, run_id, index));
  await Promise.all(writers.map(writer => writer.run(PATCHES)));

  const accepted = new Map(writers.flatMap(writer => [...writer.accepted]));
  const rejected = writers.reduce((sum, writer) => sum + writer.rejected, 0);
  console.log(`${accepted.size} accepted, ${rejected} rejected`);
  expect(writers.flatMap(writer => writer.surprises)).toEqual([]);
  expect(accepted.size + rejected).toBe(PROCESSES * PATCHES);
  const { seq, working_set } = await readRun(first, run_id);
  const events = await readLedger(first, run_id);
  for (const server of servers) server.endInput();
  await Promise.all(servers.map(server => server.ends()));

  expect(seq, 'final seq = accepted patches').toBe(accepted.size);
  const applied = events.filter(({ type }) => type === 'WS_UPDATE_APPLIED');
  expect(applied.map(({ payload }) => payload.new_seq)).toEqual(applied.map((_, index) => index + 1));
  expect(
    new Map(applied.map(({ payload }) => [payload.new_seq, idsIn(payload.append)])),
    'what each acknowledged seq brought',
  ).toEqual(new Map([...accepted].map(([id, at]) => [at, [id]])));
  expect(events.filter(({ type }) => type === 'WS_UPDATE_REJECTED')).toHaveLength(rejected);
  const evicted = events.filter(({ type }) => type === 'EVICTION').flatMap(({ payload }) => idsIn(payload));
  const kept = working_set.sliding_context.map(({ id }) => id);
  expect([...kept, ...evicted].sort(), 'each item is there once or was evicted once').toEqual(
    [...accepted.keys()].sort(),
  );
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
});

/** Every id in a value, in order. */
function idsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return 'id' in value ? [String(value.id)] : Object.values(value).flatMap(idsIn);
}

/** One client: sometimes it knows the seq, sometimes others were faster, sometimes it is stale on purpose. */
class Patcher {
  /** Id of what was added, and the seq that its acknowledgement named. */
  readonly accepted = new Map<string, number>();
  readonly surprises: string[] = [];
  rejected = 0;
  readonly #server: Spawned;
  readonly #run: string;
  readonly #index: number;
  readonly #random: () => number;
  #seq = 0;

  constructor(server: Spawned, run: string, index: number) {
    this.#server = server;
    this.#run = run;
    this.#index = index;
    this.#random = randomFrom(SEED + index);
  }

  async run(patches: number): Promise<void> {
    for (let n = 0; n < patches; n += 1) {
      const back = this.#random() < 0.2 ? 1 + Math.floor(this.#random() * 3) : 0;
      await this.#patch(`w${this.#index}n${n}`, Math.max(0, this.#seq - back));
    }
  }

  async #patch(id: string, expected_seq: number): Promise<void> {
    const item = { id, content: `content of ${id}`, priority: Math.floor(this.#random() * 10) };
    const reply = await callRun(this.#server, 'working_set_patch', {
      run_id: this.#run,
      expected_seq,
      append: { sliding_context: [item] },
    });
    if (typeof reply === 'string') return this.#refused(reply);
    if (reply.seq !== expected_seq + 1) this.surprises.push(`seq ${reply.seq} after ${expected_seq}`);
    this.#seq = expected_seq + 1;
    this.accepted.set(id, this.#seq);
  }

  #refused(failure: string): void {
    const [, current] =
      /^conflict: expected_seq is \d+, .* at seq (\d+)\. Nothing was changed/.exec(failure) ?? [];
    if (current === undefined) this.surprises.push(failure);
    this.rejected += 1;
    this.#seq = Number(current ?? this.#seq);
  }
}

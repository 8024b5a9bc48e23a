import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  environment,
  mintmark,
  openFile,
  randomFrom,
  seedOfRun,
  temporaryFolder,
} from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';
import { callRun, type Item, type Reply, readLedger, readRun } from './run-client.js';

const PROGRAMS = Number(process.env.MINTMARK_RUN_PROGRAMS ?? 2);
const STEPS = Number(process.env.MINTMARK_RUN_STEPS ?? 60);
const SEED = seedOfRun();

it(`run tools agree with a simple model through ${PROGRAMS} × ${STEPS} steps and kills (MINTMARK_SEED=${SEED})`, {
  timeout: 600_000 + PROGRAMS * STEPS * 1_500,
}, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  for (let program = 0; program < PROGRAMS; program += 1) {
    using folder = temporaryFolder();
    const db = folder.file('runs.db');
    const model = new Model(db, randomFrom(SEED + program));
    for (let step = 0; step < STEPS; step += 1) await model.step();
    await model.compare();
    await model.end();
    await using engine = openFile(db);
    expect((await engine.verify({ deep: true })).findings, `program ${program}`).toEqual([]);
    console.log(
      `program ${program}: ${model.kills} kills, ${model.replays} replays, ${model.refusals} refusals`,
    );
  }
});

/** What a run must be: nothing but the rules of the tools, in as few words as possible. */
type Reference = {
  seq: number;
  next_action: string;
  blockers: string[];
  sliding: Item[];
  /** Episodes in order, each with what it sealed. */
  episodes: { uri: string; next_action: string; seq: number }[];
  /** Events that the agent recorded. */
  notes: number;
};

type Work = { readonly tool: string; readonly args: Record<string, unknown>; learn(reply: Reply): void };

class Model {
  kills = 0;
  replays = 0;
  refusals = 0;
  readonly #db: string;
  readonly #random: () => number;
  readonly #runs = new Map<string, Reference>();
  #server: Spawned | undefined;
  #count = 0;

  constructor(db: string, random: () => number) {
    this.#db = db;
    this.#random = random;
  }

  async step(): Promise<void> {
    const dice = this.#random();
    const run = this.#pick([...this.#runs.keys()]);
    if (dice < 0.03) await this.#reopen();
    else if (dice < 0.1 || run === undefined) await this.#do(this.#open());
    else if (dice < 0.15) await this.#do(this.#fork(run));
    else if (dice < 0.2) await this.#do(this.#resume(run));
    else if (dice < 0.35) await this.#do(this.#record(run));
    else if (dice < 0.45) await this.#do(this.#seal(run));
    else if (dice < 0.6) await this.#refuse(run);
    else await this.#do(this.#patch(run));
  }

  async end(): Promise<void> {
    this.#server?.endInput();
    await this.#server?.ends();
  }

  /** Every run as the server shows it against what the model holds. */
  async compare(): Promise<void> {
    const server = await this.#live();
    for (const [id, expected] of this.#runs) {
      const { working_set, seq, episodes } = await readRun(server, id);
      expect({
        seq,
        next_action: working_set.next_action,
        blockers: working_set.blockers,
        sliding: working_set.sliding_context.map(item => item.id).sort(),
        episodes,
      }).toEqual({
        seq: expected.seq,
        next_action: expected.next_action,
        blockers: expected.blockers,
        sliding: expected.sliding.map(item => item.id).sort(),
        episodes: expected.episodes.map(({ uri }) => uri),
      });
      const events = await readLedger(server, id);
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1));
      expect(events.filter(({ type }) => type === 'NOTE')).toHaveLength(expected.notes);
      expect(events.filter(({ type }) => type === 'WS_UPDATE_APPLIED')).toHaveLength(expected.seq);
    }
  }

  #open(): Work {
    return {
      tool: 'run_open',
      args: { objective: `Objective ${this.#next()}.` },
      learn: ({ run_id = '' }) => this.#runs.set(run_id, fresh()),
    };
  }

  #fork(from: string): Work {
    const episode = this.#pick(this.#runs.get(from)?.episodes ?? []);
    return {
      tool: 'run_open',
      args: { from: episode?.uri ?? `run://${from}` },
      learn: ({ run_id = '', working_set }) => {
        const origin = episode ?? this.#runs.get(from);
        expect(working_set).toMatchObject({
          _update_seq: 0,
          next_action: origin?.next_action,
          status: 'IDLE',
        });
        this.#runs.set(run_id, {
          ...fresh(),
          next_action: working_set?.next_action ?? '',
          blockers: working_set?.blockers ?? [],
          sliding: working_set?.sliding_context ?? [],
        });
      },
    };
  }

  #resume(run_id: string): Work {
    return {
      tool: 'run_open',
      args: { run_id },
      learn: reply => expect(reply).toMatchObject({ resumed: true, seq: this.#of(run_id).seq }),
    };
  }

  #record(run_id: string): Work {
    const events = Array.from({ length: 1 + this.#below(4) }, () => ({
      type: 'NOTE',
      payload: { n: this.#next() },
    }));
    return {
      tool: 'run_record',
      args: { run_id, events },
      learn: () => {
        this.#of(run_id).notes += events.length;
      },
    };
  }

  #seal(run_id: string): Work {
    return {
      tool: 'episode_seal',
      args: { run_id, reason: `Reason ${this.#next()}.` },
      learn: ({ uri = '' }) => {
        const { episodes, next_action, seq } = this.#of(run_id);
        episodes.push({ uri, next_action, seq });
      },
    };
  }

  #patch(run_id: string): Work {
    const run = this.#of(run_id);
    const next_action = `Action ${this.#next()}.`;
    const removed = run.blockers.length > 3 ? run.blockers.slice(0, 2) : [];
    const added = [`Blocker ${this.#next()}.`];
    const item = {
      id: `item ${this.#next()}`,
      content: 'word '.repeat(this.#below(300)),
      priority: this.#below(10),
      timestamp: `2026-01-0${1 + this.#below(9)}T00:00:00Z`,
    };
    return {
      tool: 'working_set_patch',
      args: {
        run_id,
        expected_seq: run.seq,
        set: { next_action },
        append: { blockers: added, sliding_context: [item] },
        remove: { blockers: removed },
      },
      learn: ({ seq, evicted = [] }) => {
        expect(seq).toBe(run.seq + 1);
        run.seq += 1;
        run.next_action = next_action;
        run.blockers = [...run.blockers.filter(blocker => !removed.includes(blocker)), ...added];
        const gone = new Set(evicted.map(({ id }) => id));
        const all = [...run.sliding, item];
        run.sliding = all.filter(({ id }) => !gone.has(id));
        const lowest = Math.min(...run.sliding.map(({ priority }) => priority));
        for (const { priority } of evicted) expect(priority).toBeLessThanOrEqual(lowest);
        expect(gone.size + run.sliding.length).toBe(all.length);
      },
    };
  }

  /** A call that must change nothing. */
  async #refuse(run_id: string): Promise<void> {
    const { seq } = this.#of(run_id);
    const wrong = this.#pick([
      { expected_seq: seq + 1, set: { next_action: 'never' } },
      {
        expected_seq: Math.max(0, seq - 1),
        set: seq === 0 ? { objective: 'never' } : { next_action: 'never' },
      },
      { expected_seq: seq, set: { run_id: 'never' } },
      { expected_seq: seq, remove: { blockers: ['never there'] } },
      { expected_seq: seq, set: { next_action: 'word '.repeat(1590), blockers: ['word '.repeat(1590)] } },
    ]);
    const reply = await callRun(await this.#live(), 'working_set_patch', { run_id, ...wrong });
    expect(typeof reply, JSON.stringify(reply)).toBe('string');
    this.refusals += 1;
  }

  /** One call in five is cut off by a kill; it is repeated with its key, so that it is done once whatever happened. */
  async #do({ tool, args, learn }: Work): Promise<void> {
    const keyed = { ...args, idempotency_key: `key ${this.#next()}` };
    if (this.#random() < 0.2) await this.#killDuring(tool, keyed);
    const reply = await callRun(await this.#live(), tool, keyed);
    if (typeof reply === 'string') throw new Error(`${tool}: ${reply}`);
    if (reply.replayed) this.replays += 1;
    learn(reply);
  }

  async #killDuring(tool: string, args: Record<string, unknown>): Promise<void> {
    const server = await this.#live();
    const call = server.call(tool, args).catch(() => undefined);
    await sleep(this.#random() * 30);
    server.child.kill('SIGKILL');
    await server.exited;
    await call;
    this.kills += 1;
    this.#server = undefined;
  }

  async #reopen(): Promise<void> {
    await this.end();
    this.#server = undefined;
    await this.compare();
  }

  async #live(): Promise<Spawned> {
    this.#server ??= await new Spawned(mintmark, environment(this.#db)).initialize();
    return this.#server;
  }

  #of(run_id: string): Reference {
    const run = this.#runs.get(run_id);
    if (!run) throw new Error(`The model has no run ${run_id}.`);
    return run;
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#below(list.length)];
  }
}

const fresh = (): Reference => ({
  seq: 0,
  next_action: '',
  blockers: [],
  sliding: [],
  episodes: [],
  notes: 0,
});

import { expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine, type Sources } from '../../src/engine.js';
import { fixedSources } from '../support/connect.js';
import { randomFrom, seedOfRun, temporaryFolder } from '../support/mintmark.js';

const SEED = seedOfRun();
const PROGRAMS = Number(process.env.MINTMARK_NAMESPACE_PROGRAMS ?? 30);
const STEPS = 25;
const home = { nodes: ['repo:acme/app'], aliases: [] };

it(`answers a namespace alike whatever another one holds, in ${PROGRAMS} programs (MINTMARK_SEED=${SEED})`, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  for (let program = 0; program < PROGRAMS; program += 1) {
    const seed = SEED + program;
    const alone = await run(seed, 'alone');
    expect(alone.filter(reply => reply.startsWith('{')).length).toBeGreaterThan(STEPS / 2);
    expect(await run(seed, 'in company'), `MINTMARK_SEED=${seed}`).toEqual(alone);
  }
});

/** Runs one seeded program in namespace a, with or without the like in namespace b between its calls. */
async function run(seed: number, company: 'alone' | 'in company'): Promise<string[]> {
  using folder = temporaryFolder();
  const db = folder.file('memory.db');
  // Clock and ids are shared by what one engine serves, so each namespace is given its own.
  const tracks = { a: fixedSources(), b: fixedSources() };
  let current = tracks.a;
  const sources: Sources = {
    now: () => current.now(),
    newId: prefix => current.newId(prefix),
    newSalt: () => current.newSalt(),
  };
  await using engine = composeEngine(resolveOptions({ db }), { sources, home });
  const [own, other] = [new Program(engine, 'a', seed), new Program(engine, 'b', seed + 1_000_003)];
  const replies: string[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    if (company === 'in company') {
      current = tracks.b;
      await other.step();
      current = tracks.a;
    }
    replies.push((await own.step()).replaceAll(db.slice(0, -'memory.db'.length), ''));
  }
  return replies;
}

const SUBJECTS = ['storage', 'billing', 'search', 'deploys'];

class Program {
  readonly #engine: Engine;
  readonly #namespace: string;
  readonly #random: () => number;
  /** Ids of either namespace look alike, so that asking for another's is tried as well. */
  #count = 0;

  constructor(engine: Engine, namespace: string, seed: number) {
    this.#engine = engine;
    this.#namespace = namespace;
    this.#random = randomFrom(seed);
  }

  /** One call and the bytes of its reply, or of its error. */
  async step(): Promise<string> {
    try {
      return JSON.stringify(await this.#call());
    } catch (error) {
      return `${error}`;
    }
  }

  #call(): Promise<unknown> {
    const call = this.#engine.call({ namespace: this.#namespace });
    const { memories } = this.#engine;
    const subject = SUBJECTS[this.#below(SUBJECTS.length)] ?? '';
    const id = `mem_${String(this.#below(60)).padStart(32, '0')}`;
    const scope = { graph_nodes: [`project:${subject}`], tags: [subject] };
    const calls = [
      () =>
        memories.propose({ changes: [{ content: this.#content(subject), ...scope }], commit: true }, call),
      () => memories.propose({ changes: [{ content: this.#content(subject) }], commit: true }, call),
      () => memories.propose({ changes: [{ content: this.#content(subject) }] }, call),
      () => this.#engine.search({ query: subject, all: true, explain: true }, call),
      () => this.#engine.search({ query: '', ...scope }, call),
      () => memories.read(id, call),
      () => memories.forget({ ids: [id] }, call),
      () => memories.forget(scope, call),
      () => memories.forget({ ids: [id], purge: true }, call),
      () => memories.list({ limit: 10 }, call),
      () => memories.complete('mem_', call),
      () => memories.pending(call),
      () => this.#engine.status(call),
      () => this.#engine.verify({ deep: true }, call),
    ];
    return (calls[this.#below(calls.length)] ?? (() => this.#engine.status(call)))();
  }

  #content(subject: string): string {
    this.#count += 1;
    return `${this.#namespace === 'a' ? 'We' : 'They'} settled ${subject} number ${this.#count} ${this.#below(1e6)}.`;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

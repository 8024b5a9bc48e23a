import fc from 'fast-check';
import { expect, it } from 'vitest';
import { divide } from '../../src/context/block.js';
import { measureBy } from '../../src/context/measure.js';
import { type Appended, type Context, type Engine, EngineError } from '../../src/engine.js';
import type { GivenMessage, Message } from '../../src/schema/message.js';
import { messageCounter } from '../../src/session/count.js';
import { sessionMessages } from '../../src/session/read.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import { openFixed } from '../store/everything.js';
import { conversation } from '../support/conversations.js';
import { seedOfRun, temporaryFolder } from '../support/mintmark.js';

const counter = await messageCounter({ encoding: 'o200k_base', factor: 1 });
const seed = seedOfRun();
const LIMITS = { context_limit: 1500, max_output: 200 };
const USABLE = 1500 - 200 - 150;

type Step =
  | { readonly does: 'append' | 'replace'; readonly messages: readonly GivenMessage[] }
  | { readonly does: 'compact' | 'answer'; readonly summary: string | undefined }
  | { readonly does: 'rewind' | 'purge'; readonly back: number };

const summaries = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 1, max: 300 }).map(times => 'What was done. '.repeat(times)),
);
/** SQLite keeps no NUL, so that appending one is refused. */
const storable = (maxLength: number) =>
  conversation(maxLength).filter(messages => !JSON.stringify(messages).includes('\\u0000'));
const program = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ does: fc.constant('append' as const), messages: storable(12) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('replace' as const), messages: storable(4) }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('compact', 'answer'), summary: summaries }) },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constantFrom('rewind', 'purge'),
        back: fc.integer({ min: 1, max: 30 }),
      }),
    },
  ),
  { minLength: 4, maxLength: 14 },
);

it('covers every message once and gives back exactly what it covers, whatever is done', {
  timeout: 120_000,
}, async () => {
  using folder = temporaryFolder();
  let run = 0;
  let covered = 0;
  let kept = 0;
  const property = fc.asyncProperty(program, async steps => {
    const db = folder.file(`${++run}.db`);
    await using engine = openFixed(db);
    const world = new World(engine, db);
    await world.open();
    for (const step of steps) {
      await world.take(step);
      const checked = await world.check();
      covered += checked.covered;
      kept += checked.kept;
    }
    expect((await engine.verify({ deep: true })).findings).toEqual([]);
  });
  await fc.assert(property, { seed, numRuns: 60, endOnFailure: true });
  expect(covered).toBeGreaterThan(100);
  expect(kept).toBeGreaterThan(10);
});

/** One session, with what each summary gave back when it was made. */
class World {
  readonly #engine: Engine;
  readonly #db: string;
  readonly #expanded = new Map<string, string>();
  #id = '';
  #purged = false;
  #full: Appended['context'] | undefined;
  #before: Context | undefined;

  constructor(engine: Engine, db: string) {
    this.#engine = engine;
    this.#db = db;
  }

  async open(): Promise<void> {
    this.#id = (await this.#engine.sessions.append({ ...LIMITS, messages: [] })).session_id;
  }

  async take(step: Step): Promise<void> {
    const { sessions, context } = this.#engine;
    const session_id = this.#id;
    this.#full = undefined;
    if (step.does === 'append' || step.does === 'replace') {
      const replace = step.does === 'replace';
      this.#full = (await sessions.append({ session_id, replace, messages: step.messages })).context;
    } else if (step.does === 'compact') await context.compact({ session_id, summary: step.summary });
    else if (step.does === 'answer') await this.#answer(step.summary ?? 'Short.');
    else if ('back' in step) await this.#goBack(step.back, step.does === 'purge');
  }

  async check(): Promise<{ readonly covered: number; readonly kept: number }> {
    const messages = await this.#messages();
    const { fixed } = divide(messages, measureBy(counter));
    if (this.#full && fixed < USABLE / 2) expect(this.#full.tokens).toBeLessThanOrEqual(USABLE);
    const numbers = await this.#frontier(messages);
    expect(new Set(numbers).size).toBe(numbers.length);
    const built = await this.#build();
    const kept = this.#prefixKept(built);
    this.#before = built;
    if (!built) return { covered: numbers.length, kept };
    expect(built.total_tokens).toBeLessThanOrEqual(USABLE);
    expect(built.fates.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    const gone = built.fates.filter(({ fate, reason }) => fate === 'dropped' && reason !== 'no_call');
    expect(gone).toEqual([]);
    expect(built.messages.find(({ role }) => role !== 'system')?.role ?? 'user').toBe('user');
    return { covered: numbers.length, kept };
  }

  /** The numbers of all messages under the frontier; checks that each summary gives back what it covers. */
  async #frontier(messages: readonly Message[]): Promise<number[]> {
    const context = await this.#build();
    const whole = await this.#engine.sessions.read({ id: this.#id });
    const numbers: number[] = [];
    for (const uri of context?.report.frontier?.uris ?? []) {
      const { text, meta } = await this.#engine.sessions.readSummary({ id: uri });
      const under = runs(String(meta.covers)).flatMap(([first, last]) =>
        messages.filter(({ sequence }) => first <= sequence && sequence <= last),
      );
      expect(under).toHaveLength(Number(meta.messages));
      expect(under.every(({ role }) => role !== 'system')).toBe(true);
      const below = text.slice(text.lastIndexOf('word for word: ---\n\n') + 20);
      for (const { sequence } of under) expect(below).toContain(`[${sequence}] `);
      for (const piece of below.split(/\n\n(?=\[\d+\] )/)) expect(whole.text).toContain(piece);
      this.#expanded.set(uri, below);
      numbers.push(...under.map(({ sequence }) => sequence));
    }
    await this.#sameAsEver();
    return numbers;
  }

  /** Replaced and rewound summaries give back the same as before, unless something under them was purged. */
  async #sameAsEver(): Promise<void> {
    for (const [uri, below] of this.#expanded) {
      const read = await this.#engine.sessions.readSummary({ id: uri }).catch(error => {
        if (this.#purged && error instanceof EngineError && error.code === 'not_found') return undefined;
        throw error;
      });
      if (read) expect(read.text.endsWith(below)).toBe(true);
      else this.#expanded.delete(uri);
    }
  }

  #prefixKept(built: Context | undefined): number {
    const before = this.#before;
    if (!before || !built || !this.#full) return 0;
    if (before.report.steps !== built.report.steps) return 0;
    if (JSON.stringify(before.report.frontier) !== JSON.stringify(built.report.frontier)) return 0;
    if (before.fates.some(({ id }, at) => id !== built.fates[at]?.id)) return 0;
    expect(built.messages.slice(0, before.messages.length)).toEqual(before.messages);
    return 1;
  }

  async #build(): Promise<Context | undefined> {
    try {
      return await this.#engine.context.build({ session_id: this.#id });
    } catch (error) {
      if (error instanceof EngineError && error.code === 'too_large') return undefined;
      throw error;
    }
  }

  async #answer(summary: string): Promise<void> {
    const session_id = this.#id;
    const { summary_request } = await this.#engine.sessions.append({ session_id, messages: [] });
    if (!summary_request) return;
    const { request_id } = summary_request;
    await this.#engine.context.compact({ session_id, request_id, summary }).catch(error => {
      if (!(error instanceof EngineError) || error.code !== 'too_large') throw error;
    });
  }

  async #goBack(back: number, purge: boolean): Promise<void> {
    const message = (await this.#messages()).at(-back);
    if (!message) return;
    this.#purged ||= purge;
    await this.#engine.sessions.rewind({ session_id: this.#id, message_id: message.id, purge });
  }

  async #messages(): Promise<Message[]> {
    const store = openSqlite({ fileOf: () => this.#db, durability: 'normal', busyTimeoutMs: 1000 });
    try {
      return await store.read('default', reader =>
        sessionMessages(reader, this.#id, { after: 0, limit: 100_000 }),
      );
    } finally {
      await store.close();
    }
  }
}

const runs = (covers: string): (readonly [first: number, last: number])[] =>
  covers.split(', ').map(run => {
    const [first = 0, last = 0] = run.split('-').map(Number);
    return [first, last];
  });

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { divide } from '../../src/context/block.js';
import { measureBy } from '../../src/context/measure.js';
import { type Appended, type Context, type Engine, EngineError } from '../../src/engine.js';
import type { GivenMessage, Message } from '../../src/schema/message.js';
import { messageCounter } from '../../src/session/count.js';
import { openFixed } from '../store/everything.js';
import { toolCall } from '../support/contexts.js';
import { conversation } from '../support/conversations.js';
import { seedOfRun, temporaryFolder } from '../support/mintmark.js';
import { tokensOf } from '../support/tokens.js';
import { built, checkCoverage, storedMessages } from './coverage.js';

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

it('covers every message once and gives back exactly what it covers, whatever is done', async () => {
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
    await this.#engine.settled();
  }

  async check(): Promise<{ readonly covered: number; readonly kept: number }> {
    const messages = await this.#messages();
    const context = await built(this.#engine, this.#id);
    const { below, numbers } = await checkCoverage(this.#engine, context, messages);
    // Where ids of calls are used again, a result may belong to another call once its own is under a summary.
    const tail = messages.filter(({ sequence }) => !numbers.includes(sequence));
    const fixed = Math.max(...[messages, tail].map(some => divide(some, measureBy(counter)).fixed));
    if (this.#full && fixed < USABLE / 2) expect(this.#full.tokens).toBeLessThanOrEqual(USABLE);
    for (const [uri, text] of below) this.#expanded.set(uri, text);
    await this.#sameAsEver();
    const kept = this.#prefixKept(context);
    this.#before = context;
    if (!context) return { covered: numbers.length, kept };
    expect(context.total_tokens).toBeLessThanOrEqual(USABLE);
    expect(tokensOf(context.messages.map(({ id: _id, ...said }) => said))).toBeLessThanOrEqual(USABLE);
    expect(context.messages.find(({ role }) => role !== 'system')?.role ?? 'user').toBe('user');
    return { covered: numbers.length, kept };
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

  #prefixKept(now: Context | undefined): number {
    const before = this.#before;
    if (!before || !now || !this.#full) return 0;
    if (before.report.steps !== now.report.steps) return 0;
    if (JSON.stringify(before.report.frontier) !== JSON.stringify(now.report.frontier)) return 0;
    if (before.fates.some(({ id }, at) => id !== now.fates[at]?.id)) return 0;
    expect(now.messages.slice(0, before.messages.length)).toEqual(before.messages);
    return 1;
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

  #messages(): Promise<Message[]> {
    return storedMessages(this.#db, this.#id);
  }
}

const OFTEN = 1000;
const SMALL = { context_limit: 4000, max_output: 500 };
/** Turns of a few words and of nearly two hundred. */
const turn = (at: number): GivenMessage => ({
  role: at % 2 === 0 ? 'user' : 'assistant',
  content: `Turn ${at}. ${'some words '.repeat((at * 7919) % 90)}`,
});

it.each([
  ['settled after each', true],
  ['as fast as they come', false],
])(`compacts seldom: ${OFTEN} turns through a small window, %s`, async (pace, settles) => {
  await using engine = openFixed(':memory:');
  const { session_id } = await engine.sessions.append({ ...SMALL, messages: [] });
  let appends = 0;
  let summaries = 0;
  let most = 0;
  for (let at = 0; at < OFTEN; at += 1) {
    const { context, maintenance } = await engine.sessions.append({ session_id, messages: [turn(at)] });
    expect(context.tokens).toBeLessThanOrEqual(context.usable);
    most = Math.max(most, context.tokens);
    summaries += maintenance.compacted ?? 0;
    appends += maintenance.compacted ? 1 : 0;
    if (settles) await engine.settled();
  }
  await engine.settled();
  console.log(
    `${pace}: ${summaries} summaries after ${appends} of ${OFTEN} turns; ${most} of 3100 tokens at most`,
  );
  expect(appends).toBeGreaterThan(10);
  expect(appends).toBeLessThan(OFTEN / 4);
  const { fates } = await engine.context.build({ session_id });
  expect(fates.filter(({ fate }) => fate === 'dropped')).toEqual([]);
});

it('holds one user message followed by 500 tool calls, appended one by one or all at once', async () => {
  await using engine = openFixed(':memory:');
  const calls = Array.from({ length: 500 }, (_, at) => toolCall(`c${at}`, 'ok '.repeat(at % 60)));
  const request: GivenMessage = { role: 'user', content: 'Fix every test.' };
  const half = calls.length / 2;
  const atOnce = [calls.slice(0, half).flat(), calls.slice(half).flat()];
  for (const batches of [calls, atOnce]) {
    const { session_id } = await engine.sessions.append({ ...LIMITS, messages: [request] });
    for (const messages of batches) {
      const { context } = await engine.sessions.append({ session_id, messages });
      expect(context.tokens).toBeLessThanOrEqual(USABLE);
    }
    const done = await engine.context.compact({ session_id, summary: 'Most tests are fixed.' });
    expect(done.tokens_after).toBeLessThanOrEqual(done.tokens_before);
    const { messages, total_tokens } = await engine.context.build({ session_id });
    expect(total_tokens).toBeLessThanOrEqual(USABLE);
    expect(messages.map(({ content }) => content)).toContain('Fix every test.');
  }
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Engine } from '../../src/engine.js';
import type { GivenMessage } from '../../src/schema/message.js';
import { sha256 } from '../../src/text/hash.js';
import { openFixed } from '../store/everything.js';
import { conversation } from '../support/conversations.js';
import { seedOfRun, temporaryFolder } from '../support/mintmark.js';
import { copyDatabase, dropOwnDatabases, ownDatabase, ownUrl } from '../support/own-databases.js';
import { bundledProgram } from '../support/programs.js';
import { everyRow } from '../support/stored.js';
import { type Act, openForAct, perform } from './compaction-act.js';
import { built, checkCoverage, storedMessages } from './coverage.js';

const ROUNDS = Number(process.env.MINTMARK_COMPACTION_KILLS ?? 80);
const SEED = seedOfRun();
const PROGRAM = bundledProgram('compaction-program');
const PARALLEL = 2;
const LIMITS = { model: 'gpt-4', context_limit: 1500, max_output: 200 };
const Lived = z.object({ steps: z.int(), commits: z.array(z.int()) });

const folder = temporaryFolder();
afterAll(async () => {
  await dropOwnDatabases();
  folder[Symbol.dispose]();
}, 600_000);
it(`leaves the previous state or the next one, whole, at each step of a compaction (${ROUNDS} kills, MINTMARK_SEED=${SEED})`, {
  timeout: 600_000 + ROUNDS * 3000,
}, async () => {
  let kills = 0;
  let sessions = 0;
  const survived = { before: 0, after: 0 };
  while (kills < ROUNDS) {
    const sweep = await prepareSweep(SEED + sessions++);
    console.log(`${sweep.act.does}: ${sweep.steps} steps, ${sweep.commits.length} commits`);
    const whole = sweep.steps + 1;
    const count = Math.min(whole, ROUNDS - kills);
    // Too few for all of its steps are spread over them.
    const steps = Array.from({ length: count }, (_, at) => Math.ceil(((at + 1) * whole) / count));
    while (steps.length > 0)
      for (const state of await Promise.all(steps.splice(0, PARALLEL).map(step => die(sweep, step))))
        survived[state] += 1;
    kills += count;
  }
  console.log(`MINTMARK_SEED=${SEED}: ${kills} kills in ${sessions} compactions`, survived);
  expect(survived.before).toBeGreaterThan(0);
});

type Sweep = Work & {
  readonly steps: number;
  readonly commits: readonly number[];
  /** The file before any commit, and after each. */
  readonly states: readonly string[];
};

async function prepareSweep(seed: number): Promise<Sweep> {
  const work = await prepare(seed);
  const { stdout } = await run(work, undefined);
  const { steps, commits } = Lived.parse(JSON.parse(stdout));
  const states = [await dump(work.base)];
  for (const commit of commits) states.push(await dump(await killed(work, commit + 1)));
  return { ...work, steps, commits, states };
}

/** Dies before a step, and checks what is left; what did not happen is done again, to the same end. */
async function die(sweep: Sweep, step: number): Promise<'before' | 'after'> {
  const { act, commits, states } = sweep;
  const db = await killed(sweep, step);
  const committed = commits.filter(commit => commit < step).length;
  const where = `${act.does}, step ${step} of ${sweep.steps}`;
  expect(await dump(db), where).toBe(states[committed]);
  await inspect(db, act.session_id);
  if (committed > 0) return 'after';
  await using engine = openForAct(db);
  await perform(engine, act);
  await engine.close();
  expect(await dump(db), `${where}, done again`).toBe(states.at(-1));
  return 'before';
}

type Work = { readonly base: string; readonly act: Act };

/** A session at the edge of its window, and something that compacts it, in the reply or after it. */
async function prepare(seed: number): Promise<Work> {
  const base = await ownDatabase(folder.file(`base-${seed}.db`));
  await using engine = openFixed(base, { redact: 'off' });
  const { session_id } = await engine.sessions.append({ ...LIMITS, messages: [] });
  const act = await [full, full, full, halfFull][seed % 4]?.(engine, { session_id, seed });
  await engine.settled();
  return { base, act: { session_id, does: 'append', messages: [], ...act } };
}

type Place = { readonly session_id: string; readonly seed: number };

async function full({ sessions, context }: Engine, { session_id, seed }: Place): Promise<Partial<Act>> {
  const [first = [], second = [], more = []] = fc.sample(storable, { seed, numRuns: 3 });
  const does = (['append', 'compact', 'answer'] as const)[seed % 4] ?? 'append';
  const base = does === 'answer' ? [...first, ...chat(8, 30)] : first;
  await sessions.append({ session_id, messages: base });
  if (does !== 'append' || seed % 3 === 1) await context.compact({ session_id });
  await sessions.append({ session_id, messages: second });
  if (does === 'append') return { messages: [...more.slice(0, 4), ...chat(8, 90)] };
  if (does === 'compact') await sessions.append({ session_id, messages: chat(6, 20) });
  return { does, ...((does === 'answer' || seed % 3 > 0) && { summary: 'Short.' }) };
}

/** Enough for the work after the reply, too little for the reply itself. */
async function halfFull({ sessions }: Engine, { session_id, seed }: Place): Promise<Partial<Act>> {
  await sessions.append({ session_id, messages: chat(4, 20 + (seed % 9)) });
  return { messages: chat(6, 35 + (seed % 9)) };
}

/** SQLite keeps no NUL, so that appending one is refused. */
const storable = conversation(30).filter(messages => !JSON.stringify(messages).includes('\\u0000'));
const chat = (count: number, words: number): GivenMessage[] =>
  Array.from({ length: count }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: `Turn ${at}. ${'some words '.repeat(words)}`,
  }));

let runs = 0;

/** Does the work to a copy of its file, in a process that dies before a step; it outlives one after the last. */
async function run({ base, act }: Work, kill: number | undefined) {
  runs += 1;
  const db = ownUrl(folder.file(`${runs}.db`));
  const job = folder.file(`${runs}.json`);
  await copyDatabase(base, db);
  writeFileSync(job, JSON.stringify({ db, act, kill }));
  const child = spawn(process.execPath, [PROGRAM, job], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [stdout, [status, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { db, stdout, status, signal };
}

async function killed(work: Work, step: number): Promise<string> {
  const { db, stdout, status, signal } = await run(work, step);
  expect([stdout === '', status, signal]).toEqual(stdout === '' ? [true, null, 'SIGKILL'] : [false, 0, null]);
  return db;
}

const dump = async (db: string): Promise<string> => sha256(await everyRow(db));

async function inspect(db: string, sessionId: string): Promise<void> {
  await using engine = openForAct(db);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
  await checkCoverage(engine, await built(engine, sessionId), await storedMessages(db, sessionId));
}

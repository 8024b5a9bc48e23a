/**
 * Counting beside tiktoken alone, a context of 10,000 messages beside building it anew from text, summarising them, and
 * how much evidence of a LoCoMo file (given as the first argument) budgets of 2k, 8k and 32k keep.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get_encoding } from 'tiktoken';
import * as z from 'zod';
import { build, STRATEGIES, type Strategy } from '../src/context/build.js';
import { givenMessages } from '../src/context/given.js';
import { measureBy } from '../src/context/measure.js';
import { type Engine, openEngine } from '../src/engine.js';
import type { GivenMessage, Message } from '../src/schema/message.js';
import { messageCounter } from '../src/session/count.js';
import { statements } from './material.js';

const SEED = 1;
const MESSAGES = 10_000;
const BATCH = 500;
const ROUNDS = 3;
const BUDGET = 100_000;
const TURNS = 1000;
/** A window that holds all of it, so that nothing is summarised before it is asked for. */
const WIDE = { model: 'gpt-4o', context_limit: 1_800_000, max_output: 8_000 };
const BUDGETS = [2_000, 8_000, 32_000] as const;
const BUILD = { chunkSize: 5, prune: { protect: 40_000, minimum: 20_000 } };

const Conversations = z.array(
  z.object({
    speakers: z.array(z.string()),
    turns: z.array(
      z.object({ id: z.string(), speaker: z.string(), text: z.string(), timestamp: z.string() }),
    ),
    questions: z.array(z.object({ evidence: z.array(z.string()) })),
  }),
);
type Conversation = z.output<typeof Conversations>[number];

const results: Record<string, number> = {};
const counter = await messageCounter({ encoding: 'o200k_base', factor: 1 });
const measure = measureBy(counter);
const encoder = get_encoding('o200k_base');

const given = working(MESSAGES);
const texts = given.flatMap(({ content, parts = [] }) => [
  content ?? '',
  ...parts.map(part => JSON.stringify(part)),
]);
await measureCounting();
await measureBuilding();
await measureCompacting();
await measureQuiet();
await measureEvidence(process.argv[2]);
writeFileSync(
  'bench/results-context.json',
  `${JSON.stringify({ node: process.version, seed: SEED, results }, null, 2)}\n`,
);
for (const [figure, value] of Object.entries(results)) console.log(figure.padEnd(64), value);

/** A coding agent at work: a request, then calls with outputs of a few hundred tokens. */
function working(count: number): GivenMessage[] {
  const said = statements(count * 2, SEED).map(({ text }) => text);
  return Array.from({ length: count }, (_, at): GivenMessage => {
    const text = said[at] ?? '';
    const call_id = `call_${at - (at % 3)}`;
    if (at % 30 === 0) return { role: 'user', content: text };
    if (at % 3 === 0)
      return {
        role: 'assistant',
        parts: [{ type: 'tool_call', call_id, name: 'bash', arguments: { text } }],
      };
    if (at % 3 === 2 || at % 30 < 3) return { role: 'assistant', content: text };
    return {
      role: 'tool',
      parts: [{ type: 'tool_result', call_id, output: said.slice(at, at + 10).join('\n') }],
    };
  });
}

async function measureCounting(): Promise<void> {
  const total = texts.reduce((sum, text) => sum + encoder.encode_ordinary(text).length, 0);
  const alone = await fastest(() =>
    texts.reduce((sum, text) => sum + encoder.encode_ordinary(text).length, 0),
  );
  const ours = await fastest(() => givenMessages(given, counter).length);
  const counted = givenMessages(given, counter).reduce((sum, { tokens }) => sum + tokens, 0);
  note('tokens/s, tiktoken alone', total / (alone / 1000));
  note('tokens/s, messages read and counted', counted / (ours / 1000));
}

async function measureBuilding(): Promise<void> {
  const messages = givenMessages(given, counter);
  note(
    `tokens of ${MESSAGES} messages`,
    messages.reduce((sum, { tokens }) => sum + tokens, 0),
  );
  for (const strategy of STRATEGIES)
    note(
      `ms to build ${BUDGET} tokens, ${strategy}, counts known`,
      await fastest(() => build(messages, { ...BUILD, strategy, budget: BUDGET }, measure)),
    );
  note(`ms to build ${BUDGET} tokens, naive: count all, keep the newest`, await fastest(() => naive(given)));
  await withEngine(async engine => {
    const session_id = await appended(engine);
    const ask = () => engine.context.build({ session_id, max_tokens: BUDGET });
    note(`ms to build ${BUDGET} tokens, lossless, from the session`, await fastest(ask));
  });
}

async function withEngine(work: (engine: Engine) => Promise<void>, softThreshold = 1): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  const engine = openEngine({
    db: join(folder, 'bench.db'),
    scope: ['repo:bench'],
    redact: 'off',
    softThreshold,
  });
  try {
    await work(engine);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two long summaries by the caller are too much together and become one digest, which reads every original. */
async function measureCompacting(): Promise<void> {
  await withEngine(async engine => {
    const session_id = await appended(engine, WIDE);
    await engine.settled();
    const first = performance.now();
    await engine.context.compact({ session_id, summary: long(420_000) });
    note(`ms to put ${MESSAGES} messages under a written summary`, performance.now() - first);
    await engine.sessions.append({ session_id, messages: given.slice(0, BATCH) });
    await engine.settled();
    const second = performance.now();
    const { condensed_uri } = await engine.context.compact({ session_id, summary: long(60_000) });
    if (condensed_uri === undefined) throw new Error('nothing was condensed');
    note(`ms to condense the summaries of ${MESSAGES + BATCH} messages`, performance.now() - second);
  });
}

/** A text of at least so many tokens. */
function long(tokens: number): string {
  const lines: string[] = [];
  for (let left = tokens, at = 0; left > 0; at += 1) {
    const line = texts[at % texts.length] ?? '';
    left -= encoder.encode_ordinary(line).length;
    lines.push(line);
  }
  return lines.join('\n');
}

async function measureQuiet(): Promise<void> {
  await withEngine(async engine => {
    const { session_id } = await engine.sessions.append({
      context_limit: 4000,
      max_output: 500,
      messages: [],
    });
    let times = 0;
    let most = 0;
    const took: number[] = [];
    for (let at = 0; at < TURNS; at += 1) {
      const message = {
        role: at % 2 === 0 ? 'user' : 'assistant',
        content: 'some words '.repeat((at * 7919) % 90),
      };
      const begun = performance.now();
      const { context, maintenance } = await engine.sessions.append({ session_id, messages: [message] });
      took.push(performance.now() - begun);
      times += maintenance.compacted ? 1 : 0;
      most = Math.max(most, context.share);
      await engine.settled();
    }
    note(`compactions in ${TURNS} turns through 3100 tokens`, times);
    const tenth = (from: number) =>
      took.slice(TURNS * from, TURNS * (from + 0.1)).reduce((sum, ms) => sum + ms, 0);
    note('an append of the last tenth of them, times one of the second', tenth(0.9) / tenth(0.1));
    note(`most of the budget in use after a reply, share`, most);
  }, 0.6);
}

async function appended(engine: Engine, limits: object = {}): Promise<string> {
  const { session_id } = await engine.sessions.append({ ...limits, messages: [] });
  for (let at = 0; at < given.length; at += BATCH)
    await engine.sessions.append({ session_id, messages: given.slice(at, at + BATCH) });
  return session_id;
}

/** What a host does without stored counts: counts every text at every build and keeps what fits. */
function naive(messages: readonly GivenMessage[]): number {
  const sizes = messages.map(({ content, parts = [] }) =>
    [content ?? '', ...parts.map(part => JSON.stringify(part))].reduce(
      (sum, text) => sum + encoder.encode_ordinary(text).length,
      4,
    ),
  );
  let left = BUDGET;
  let kept = 0;
  for (const size of sizes.reverse()) {
    left -= size;
    if (left < 0) break;
    kept += 1;
  }
  return kept;
}

async function measureEvidence(path: string | undefined): Promise<void> {
  if (path === undefined || !existsSync(path)) {
    console.log(`No LoCoMo file${path === undefined ? ' named' : ` at ${path}`}: evidence is not measured.`);
    return;
  }
  const conversations = Conversations.parse(JSON.parse(readFileSync(path, 'utf8')));
  for (const budget of BUDGETS)
    for (const strategy of STRATEGIES) await evidenceKept(conversations, { budget, strategy });
}

/** Means over questions: evidence that stands in the context, and that stands there or under its summary. */
async function evidenceKept(
  conversations: readonly Conversation[],
  { budget, strategy }: { readonly budget: number; readonly strategy: Strategy },
): Promise<void> {
  let questions = 0;
  let whole = 0;
  let reachable = 0;
  let before = 0;
  let after = 0;
  for (const conversation of conversations) {
    const messages = messagesOf(conversation);
    const built = await build(messages, { ...BUILD, strategy, budget }, measure);
    const fates = new Map(built.fates.map(({ id, fate }) => [id, fate]));
    before += messages.reduce((sum, { tokens }) => sum + tokens, 0);
    after += built.total_tokens;
    for (const { evidence } of conversation.questions) {
      const met = evidence.flatMap(id => fates.get(id) ?? []);
      if (met.length === 0) continue;
      questions += 1;
      whole += met.filter(fate => fate === 'included').length / met.length;
      reachable += met.filter(fate => fate !== 'dropped').length / met.length;
    }
  }
  note(`evidence in context, ${strategy}, ${budget} tokens`, whole / questions);
  note(`evidence in context or one expand away, ${strategy}, ${budget} tokens`, reachable / questions);
  note(`tokens left, share, ${strategy}, ${budget} tokens`, after / before);
}

function messagesOf({ speakers, turns }: Conversation): Message[] {
  const said = turns.map(({ id, speaker, text, timestamp }) => {
    const role = speaker === speakers[0] ? 'user' : 'assistant';
    return { id, role, name: speaker, content: text, timestamp };
  });
  return givenMessages(said, counter);
}

async function fastest(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = performance.now();
    await work();
    times.push(performance.now() - before);
  }
  return Math.min(...times);
}

function note(figure: string, value: number): void {
  results[figure] = value > 100 ? Math.round(value) : Math.round(value * 1000) / 1000;
}

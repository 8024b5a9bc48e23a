/**
 * A real conversation of over 2,000 messages into a session, in batches with one commit (one fsync of the log) each,
 * beside tiktoken alone on the same texts. Its argument is the path of LoCoMo turns (`locomo-dev.json`), which is never
 * committed: CC BY-NC.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get_encoding } from 'tiktoken';
import * as z from 'zod';
import { openEngine } from '../src/engine.js';
import { encodingCounter } from '../src/text/encodings.js';

const ROUNDS = 5;
const BATCHES = [1, 20, 100, 500] as const;
const SINGLES = 200;

const Conversations = z.array(
  z.object({
    turns: z.array(
      z.object({ id: z.string(), speaker: z.string(), text: z.string(), timestamp: z.string() }),
    ),
  }),
);
type Turn = { id: string; role: 'user' | 'assistant'; name: string; content: string; timestamp: string };

const path = process.argv[2] ?? '';
if (!existsSync(path)) {
  console.error(`There is no file "${path}". Usage: node --import tsx bench/sessions.ts <locomo-dev.json>`);
  process.exit(2);
}
const turns = read(path);
const words = turns.map(({ content }) => content);
const results: Record<string, number> = { messages: turns.length, characters: words.join('').length };

await measureCounting();
for (const size of BATCHES) await measureAppend(size);
writeFileSync(
  'bench/results-sessions.json',
  `${JSON.stringify({ node: process.version, results }, null, 2)}\n`,
);
for (const [name, value] of Object.entries(results)) console.log(`${name.padEnd(52)} ${value}`);

function read(file: string): Turn[] {
  const conversations = Conversations.parse(JSON.parse(readFileSync(file, 'utf8')));
  return conversations.flatMap(({ turns: said }, number) =>
    said.map(({ id, speaker, text, timestamp }) => ({
      id: `${number}/${id}`,
      role: speaker === said[0]?.speaker ? 'user' : 'assistant',
      name: speaker,
      content: text,
      timestamp,
    })),
  );
}

/** What we add to tiktoken is the look for long runs. */
async function measureCounting(): Promise<void> {
  const alone = get_encoding('o200k_base');
  const ours = await encodingCounter('o200k_base');
  const tokens = words.reduce((sum, text) => sum + alone.encode_ordinary(text).length, 0);
  results.tokens = tokens;
  for (const [name, count] of [
    ['tiktoken alone', (text: string) => alone.encode_ordinary(text).length],
    ['counted by mintmark', ours],
  ] as const) {
    const ms = median(await repeated(async () => words.reduce((sum, text) => sum + count(text), 0)));
    results[`${name}, tokens/s`] = Math.round((tokens / ms) * 1000);
  }
  const run = 'a'.repeat(1_000_000);
  results['a megabyte of one letter, ms'] = Math.round(median(await repeated(async () => ours(run))));
  alone.free();
}

async function measureAppend(size: number): Promise<void> {
  const given = size === 1 ? turns.slice(0, SINGLES) : turns;
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
    const engine = openEngine({ db: join(folder, 'memory.db'), scope: ['bench:locomo'] });
    const { session_id } = await engine.sessions.append({ model: 'gpt-4o', messages: [] });
    const start = performance.now();
    for (let at = 0; at < given.length; at += size)
      await engine.sessions.append({ session_id, messages: given.slice(at, at + size) });
    rates.push(given.length / ((performance.now() - start) / 1000));
    await engine.close();
    rmSync(folder, { recursive: true });
  }
  results[`appended by ${size}, messages/s`] = Math.round(median(rates));
}

async function repeated(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

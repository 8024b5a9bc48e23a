/**
 * The embedder `static`: what loading it costs in processor time and memory, and a sentence. Each round in a process of
 * its own; processor time, because other work on the machine shall not count.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { staticEmbedder } from '../src/models/embedders/static.js';
import { statements } from './material.js';

const ROUNDS = 5;
const SENTENCES = 2_000;
const MEGABYTE = 1_000_000;

if (process.argv[2] === 'once') await once();
else everyRound();

async function once(): Promise<void> {
  const texts = statements(SENTENCES, 1).map(({ text }) => text);
  const embedder = staticEmbedder();
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const started = processor();
  await embedder.embed(['loads the table'], { kind: 'query' });
  const loaded = processor();
  globalThis.gc?.();
  const after = process.memoryUsage().rss;
  await embedder.embed(texts, { kind: 'passage' });
  const warm = processor();
  await embedder.embed(texts, { kind: 'passage' });
  const sentence = (processor() - warm) / texts.length;
  process.stdout.write(JSON.stringify([loaded - started, (after - before) / MEGABYTE, sentence]));
}

/** Milliseconds. */
function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function everyRound(): void {
  const measured = Array.from({ length: ROUNDS }, (): number[] =>
    JSON.parse(
      execFileSync(
        process.execPath,
        ['--expose-gc', '--import', 'tsx', fileURLToPath(import.meta.url), 'once'],
        {
          encoding: 'utf8',
        },
      ),
    ),
  );
  for (const [at, name] of ['load, ms', 'memory, MB', 'a sentence, ms'].entries())
    console.log(name.padEnd(20), median(measured.map(figures => figures[at] ?? 0)).toFixed(3));
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * Latency, durability's price and memory, beside the floor and a peer, in one run through stdio. With `--large` also at
 * 100,000 memories, where the peer, which reads its whole file for every call, does not take part.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { get_encoding } from 'tiktoken';
import * as z from 'zod';
import { type Statement, statements } from './material.js';
import type { Running } from './process.js';
import { type Contestant, floor, mintmark, PARTS, peer } from './servers.js';

const SEED = 1;
const ROUNDS = 10;
const SINGLES = 300;
const BATCHED = 2000;
const BATCH = 100;
/** Prime, so that the targets lie in different parts. */
const QUERIES = 101;
const SIZES = process.argv.includes('--large') ? [1000, 10_000, 100_000] : [1000, 10_000];
const PEER_SIZE = 10_000;
const KINDS = ['rare', 'three', 'question'] as const;
const contestants = [mintmark, floor, peer];

const Listed = z.object({
  tools: z.array(
    z.object({ name: z.string(), description: z.string().optional(), inputSchema: z.unknown() }),
  ),
});

/** Figures by name, then by server. */
const results: Record<string, Record<string, number>> = {};

await build({
  entryPoints: ['bench/floor.ts'],
  outfile: 'dist/bench/floor.mjs',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['better-sqlite3'],
  banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
});
await measureStart();
for (const contestant of contestants) await measureWrites(contestant);
for (const contestant of contestants) await measureSearch(contestant);
writeFileSync(
  'bench/results.json',
  `${JSON.stringify({ node: process.version, seed: SEED, results }, null, 2)}\n`,
);
printTable();

async function measureStart(): Promise<void> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) {
      await withServer(contestant, async server => {
        times.get(contestant.name)?.push(server.firstReplyMs);
        if (round > 0) return;
        note('tokens of tools/list', contestant, tokens(await server.request('tools/list')));
        note('resident MB, idle', contestant, server.residentMb());
      });
    }
  }
  for (const contestant of contestants)
    note('start to first reply, ms', contestant, median(times.get(contestant.name) ?? []));
}

function tokens(listed: unknown): number {
  const { tools } = Listed.parse(listed);
  const encoding = get_encoding('o200k_base');
  const count = encoding.encode_ordinary(JSON.stringify(tools)).length;
  encoding.free();
  return count;
}

async function measureWrites(contestant: Contestant): Promise<void> {
  const texts = statements(SINGLES + BATCHED + 1, SEED).map(({ text }) => text);
  await withServer(contestant, async server => {
    // The first write opens the database and loads what is loaded lazily.
    note(
      'first write, ms',
      contestant,
      await timed(() => contestant.store(server, texts.slice(-1), texts.length)),
    );
    const singles: number[] = [];
    for (let at = 0; at < SINGLES; at++)
      singles.push(await timed(() => contestant.store(server, texts.slice(at, at + 1), at)));
    note('write, one by one, p50 ms', contestant, median(singles));
    note('write, one by one, per s', contestant, (SINGLES * 1000) / sum(singles));
    const batched = await timed(() =>
      load(contestant, server, texts.slice(SINGLES, SINGLES + BATCHED), SINGLES),
    );
    note(`write, batches of ${BATCH}, per s`, contestant, (BATCHED * 1000) / batched);
  });
}

async function measureSearch(contestant: Contestant): Promise<void> {
  const sizes = SIZES.filter(size => contestant !== peer || size <= PEER_SIZE);
  const all = statements(Math.max(...sizes), SEED + 1);
  await withServer(contestant, async server => {
    const ids: string[] = [];
    for (const size of sizes) {
      const texts = all.slice(ids.length, size).map(({ text }) => text);
      ids.push(...(await load(contestant, server, texts, ids.length)));
      const known = all.slice(0, size);
      for (const kind of KINDS)
        for (const narrow of [false, true])
          await measureKind(contestant, server, { kind, narrow, ids, known });
      note(`resident MB, ${size} memories`, contestant, server.residentMb());
    }
  });
}

type Asked = {
  readonly kind: (typeof KINDS)[number];
  /** Whether a scope leaves one memory of a hundred. */
  readonly narrow: boolean;
  readonly ids: readonly string[];
  readonly known: readonly Statement[];
};

async function measureKind(
  contestant: Contestant,
  server: Running,
  { kind, narrow, ids, known }: Asked,
): Promise<void> {
  const times: number[] = [];
  let hits = 0;
  for (let query = 0; query < QUERIES; query++) {
    const target = Math.floor(((query + 0.5) * known.length) / QUERIES);
    const text = known[target]?.[kind] ?? '';
    const before = performance.now();
    const found = await contestant.find(server, text, narrow ? target % PARTS : undefined);
    times.push(performance.now() - before);
    if (found.slice(0, 10).includes(ids[target] ?? '')) hits += 1;
  }
  const what = `search, ${kind}${narrow ? ' in 1 %' : ''}, ${known.length}`;
  note(`${what}, p50 ms`, contestant, median(times));
  note(`${what}, p95 ms`, contestant, quantile(times, 0.95));
  note(`${what}, hit@10`, contestant, hits / QUERIES);
}

async function load(
  contestant: Contestant,
  server: Running,
  texts: readonly string[],
  from: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < texts.length; at += BATCH)
    ids.push(...(await contestant.store(server, texts.slice(at, at + BATCH), from + at)));
  return ids;
}

async function withServer(contestant: Contestant, work: (server: Running) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  const server = await contestant.start(folder);
  try {
    await work(server);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function note(figure: string, { name }: Contestant, value: number): void {
  results[figure] = { ...results[figure], [name]: Math.round(value * 100) / 100 };
}

function printTable(): void {
  const cells = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(36) : cell.padStart(14))).join('');
  console.log(cells(['', ...contestants.map(({ name }) => name), '× the floor']));
  for (const [figure, values] of Object.entries(results)) {
    const figures = contestants.map(({ name }) => values[name] ?? Number.NaN);
    const ratio = (values.mintmark ?? Number.NaN) / (values.floor ?? Number.NaN);
    console.log(cells([figure, ...figures.map(String), ratio.toFixed(2)]));
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

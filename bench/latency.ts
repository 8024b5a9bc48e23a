/**
 * Latency, durability's price and memory, beside the floor and a peer, in one run through stdio. With `--large` also at
 * 100,000 memories, where the peer, which reads its whole file for every call, does not take part.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { get_encoding } from 'tiktoken';
import * as z from 'zod';
import { type Statement, statements } from './material.js';
import type { Running } from './process.js';
import { type Contestant, floor, mintmark, PARTS, peer, withoutEmbedder } from './servers.js';

const SEED = 1;
const ROUNDS = 10;
const SINGLES = 300;
const BATCHED = 2000;
const BATCH = 100;
const LATER_ROUNDS = 5;
const THOUGHT_MS = 500;
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
for (const contestant of contestants) await measureLaterStart(contestant);
await measureSearches();
writeFileSync(
  'bench/results.json',
  `${JSON.stringify({ node: process.version, seed: SEED, results }, null, 2)}\n`,
);
printTable();

async function measureStart(): Promise<void> {
  const starting = [...contestants, withoutEmbedder];
  const times = new Map<string, number[]>(starting.map(({ name }) => [name, []]));
  const processor = new Map<string, number[]>(starting.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of starting) {
      await withServer(contestant, async server => {
        times.get(contestant.name)?.push(server.firstReplyMs);
        processor.get(contestant.name)?.push(server.processorMs());
        if (round > 0) return;
        note('tokens of tools/list', contestant, tokens(await server.request('tools/list')));
        note('resident MB, idle', contestant, server.residentMb());
      });
    }
  }
  for (const contestant of starting) {
    note('start to first reply, ms', contestant, median(times.get(contestant.name) ?? []));
    note('start to first reply, processor ms', contestant, median(processor.get(contestant.name) ?? []));
  }
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

/** As users meet it: on what was stored before, after the client has asked what there is and the model has thought. */
async function measureLaterStart(contestant: Contestant): Promise<void> {
  const texts = statements(LATER_ROUNDS + 1, SEED + 2).map(({ text }) => text);
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  const times: number[] = [];
  for (const [at, text] of texts.entries()) {
    const server = await contestant.start(folder);
    await server.request('tools/list');
    await sleep(THOUGHT_MS);
    times.push(await timed(() => contestant.store(server, [text], at)));
    await server.close();
  }
  rmSync(folder, { recursive: true, force: true });
  note('first write of a later start, p50 ms', contestant, median(times.slice(1)));
}

/** A server that is asked, with the ids of what it holds. */
type Asked = { readonly contestant: Contestant; readonly server: Running; readonly ids: string[] };

/** All at once and in turns, so that what else happens on the machine happens to each of them. */
async function measureSearches(): Promise<void> {
  const all = statements(Math.max(...SIZES), SEED + 1);
  await withServers(contestants, async servers => {
    const asked = servers.map(one => ({ ...one, ids: [] as string[] }));
    for (const size of SIZES) {
      const known = all.slice(0, size);
      const part = asked.filter(({ contestant }) => contestant !== peer || size <= PEER_SIZE);
      for (const { contestant, server, ids } of part) {
        const texts = known.slice(ids.length).map(({ text }) => text);
        ids.push(...(await load(contestant, server, texts, ids.length)));
        await contestant.settled?.(server);
      }
      for (const kind of KINDS)
        for (const narrow of [false, true]) await measureKind(part, { kind, narrow, known });
      for (const { contestant, server } of part)
        note(`resident MB, ${size} memories`, contestant, server.residentMb());
    }
  });
}

type Asking = {
  readonly kind: (typeof KINDS)[number];
  /** Whether a scope leaves one memory of a hundred. */
  readonly narrow: boolean;
  readonly known: readonly Statement[];
};

async function measureKind(asked: readonly Asked[], { kind, narrow, known }: Asking): Promise<void> {
  const samples = asked.map(one => ({ ...one, times: [] as number[], processor: 0, hits: 0 }));
  for (let query = 0; query < QUERIES; query++) {
    const target = Math.floor(((query + 0.5) * known.length) / QUERIES);
    const text = known[target]?.[kind] ?? '';
    // Who is asked first has the slower caches: 5 to 8 % of a search of 10,000.
    const first = query % samples.length;
    for (const sample of [...samples.slice(first), ...samples.slice(0, first)]) {
      const { contestant, server, ids } = sample;
      const processor = server.processorMs();
      const before = performance.now();
      const found = await contestant.find(server, text, narrow ? target % PARTS : undefined);
      sample.times.push(performance.now() - before);
      sample.processor += server.processorMs() - processor;
      if (found.slice(0, 10).includes(ids[target] ?? '')) sample.hits += 1;
    }
  }
  const what = `search, ${kind}${narrow ? ' in 1 %' : ''}, ${known.length}`;
  for (const { contestant, times, processor, hits } of samples) {
    note(`${what}, p50 ms`, contestant, median(times));
    note(`${what}, p95 ms`, contestant, quantile(times, 0.95));
    note(`${what}, processor ms`, contestant, processor / QUERIES);
    note(`${what}, hit@10`, contestant, hits / QUERIES);
  }
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

function withServer(contestant: Contestant, work: (server: Running) => Promise<void>): Promise<void> {
  return withServers([contestant], async ([one]) => {
    if (one) await work(one.server);
  });
}

async function withServers(
  asked: readonly Contestant[],
  work: (servers: readonly Omit<Asked, 'ids'>[]) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  const servers: Omit<Asked, 'ids'>[] = [];
  try {
    for (const contestant of asked) servers.push({ contestant, server: await contestant.start(folder) });
    await work(servers);
  } finally {
    for (const { server } of servers) await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function note(figure: string, { name }: Contestant, value: number): void {
  results[figure] = { ...results[figure], [name]: Math.round(value * 100) / 100 };
}

function printTable(): void {
  const cells = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(40) : cell.padStart(14))).join('');
  console.log(cells(['', ...contestants.map(({ name }) => name), '× the floor', 'peer × ours']));
  for (const [figure, values] of Object.entries(results)) {
    const [own = Number.NaN, least = Number.NaN, other = Number.NaN] = contestants.map(
      ({ name }) => values[name],
    );
    console.log(
      cells([figure, ...[own, least, other].map(String), (own / least).toFixed(2), (other / own).toFixed(1)]),
    );
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

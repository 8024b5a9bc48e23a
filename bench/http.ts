/**
 * One server under 64 clients over HTTP: mixed reads and writes on one namespace, every acknowledged write read back,
 * memory and handles watched; then each wire by itself beside stdio and beside a bare SDK server, in the same run.
 * `endured` or `compared` runs one part alone; `--seconds 300` is the long run.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { openEngine } from '../src/engine.js';
import { type Call, connect, WIRES, type Wire } from './http-clients.js';
import { Client, Material, Tally } from './http-load.js';
import { type Served, serve } from './http-servers.js';
import { launch } from './process.js';

const CLIENTS = 64;
const SEED = 1;
const SECONDS = Number(/--seconds[= ](\d+)/.exec(process.argv.join(' '))?.[1] ?? 20);
const ROUNDS = 4;
/** Of each wire by itself, in a round. */
const EACH = Math.min(4, SECONDS / 2);
const NAMESPACE = 'team';
const HOME = 'repo:bench';
const FILE = 'bench/results-http.json';

const tallies = new Map<string, Tally>();
const material = new Material(Math.max(5000, (SECONDS + 5 * ROUNDS * EACH) * 250), SEED);

await build({
  entryPoints: ['bench/bare.ts'],
  outfile: 'dist/bench/bare.mjs',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
});
const PARTS = {
  endured: endure,
  compared: async () => {
    // In turns, so that what else the machine does falls on all of them.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const wire of WIRES) await alone(wire);
      await overStdio();
      for (const wire of ['2026-07-28', '2025 session'] as const) await bare(wire);
      await bareStdio();
    }
    return {};
  },
};
for (const [name, part] of Object.entries(PARTS)) if (asked(name)) await run(name, part);

/** Both, unless one is named. */
function asked(part: string): boolean {
  return process.argv.includes(part) || !Object.keys(PARTS).some(name => process.argv.includes(name));
}

/** Replaces what is kept of the part, with how busy the machine was. */
async function run(name: string, part: () => Promise<object>): Promise<void> {
  const before = loadavg()[0];
  tallies.clear();
  const more = await part();
  const { length: cores } = cpus();
  const load_per_core = [before, loadavg()[0]].map(load => (load ?? 0) / cores);
  const kept = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  const measured = {
    node: process.version,
    load_per_core,
    seed: SEED,
    clients: CLIENTS,
    seconds: SECONDS,
    ...more,
    results: Object.fromEntries([...tallies].map(([what, tally]) => [what, tally.figures()])),
  };
  writeFileSync(FILE, `${JSON.stringify({ ...kept, [name]: measured }, rounded, 2)}\n`);
  console.log(JSON.stringify(measured, rounded, 2));
}

/** All wires at once, for as long as asked for. */
async function endure(): Promise<object> {
  return withServer(async ({ db, served, tokens }) => {
    const clients = await Promise.all(
      tokens.map(async (token, index) => clientOf(await connect(wireOf(index), served.url, token), index)),
    );
    const watching = watch(served);
    const tally = tallyOf('mixed, all wires');
    await tally.drive(clients, SECONDS);
    const vitals = watching.end();
    await served.close();
    const lost = await missing(db, clients);
    if (lost > 0 || tally.errors > 0) process.exitCode = 1;
    return { ...vitals, acknowledged: sizeOf(clients), lost };
  });
}

function tallyOf(what: string): Tally {
  const tally = tallies.get(what) ?? new Tally();
  tallies.set(what, tally);
  return tally;
}

function clientOf(call: Call, index: number): Client {
  return new Client(call, { material, index });
}
function wireOf(index: number): Wire {
  return WIRES[index % WIRES.length] ?? 'plain';
}
function sizeOf(clients: readonly Client[]): number {
  return clients.reduce((total, { acknowledged }) => total + acknowledged.size, 0);
}

async function alone(wire: Wire): Promise<void> {
  await withServer(async ({ served, tokens }) => {
    const clients = await Promise.all(
      tokens.map(async (token, index) => clientOf(await connect(wire, served.url, token), index)),
    );
    await tallyOf(`mixed, ${wire}`).drive(clients, EACH);
    const calls = await Promise.all(tokens.map(token => connect(wire, served.url, token)));
    await empty(`status, ${wire}`, calls, { tool: 'status' });
  });
}

/** As many calls under way as there are clients elsewhere, over the one pipe there is. */
async function overStdio(): Promise<void> {
  await inFolder(async folder => {
    const server = await launch(['dist/bin/mintmark.js', '--db', join(folder, 'm.db'), '--scope', HOME]);
    const clients = Array.from({ length: CLIENTS }, (_, index) => clientOf(server.call, index));
    await tallyOf('mixed, stdio').drive(clients, EACH);
    const calls = clients.map(() => server.call);
    await empty('status, stdio', calls, { tool: 'status' });
    await server.close();
  });
}

async function bare(wire: Wire): Promise<void> {
  const served = await serve(['dist/bench/bare.mjs', '--http']);
  const calls = await Promise.all(Array.from({ length: CLIENTS }, () => connect(wire, served.url)));
  await empty(`nothing, bare SDK, ${wire}`, calls, { tool: 'nothing' });
  await served.close();
}

async function bareStdio(): Promise<void> {
  const server = await launch(['dist/bench/bare.mjs']);
  const calls = Array.from({ length: CLIENTS }, () => server.call);
  await empty('nothing, bare SDK, stdio', calls, { tool: 'nothing' });
  await server.close();
}

/** A call without arguments by all clients at once and by one. */
async function empty(
  what: string,
  calls: readonly Call[],
  { tool }: { readonly tool: string },
): Promise<void> {
  const seconds = EACH / 3;
  await tallyOf(what).repeat(calls, tool, { seconds });
  await tallyOf(`${what}, one client`).repeat(calls.slice(0, 1), tool, { seconds });
}

/** Looks every second; tells of the first and the last fifth, which are minutes in the long run. */
function watch(served: Served) {
  const samples: ReturnType<Served['vitals']>[] = [];
  const timer = setInterval(() => samples.push(served.vitals()), 1000);
  const mean = (part: typeof samples, what: 'rss' | 'handles') =>
    part.reduce((total, sample) => total + sample[what], 0) / part.length;
  return {
    end() {
      clearInterval(timer);
      const fifth = Math.ceil(samples.length / 5);
      const parts = { first: samples.slice(0, fifth), last: samples.slice(-fifth) };
      return {
        rss_mb: { first: mean(parts.first, 'rss'), last: mean(parts.last, 'rss') },
        handles: { first: mean(parts.first, 'handles'), last: mean(parts.last, 'handles') },
      };
    },
  };
}

/** How many of the acknowledged writes are not in the file after the server is gone. */
async function missing(db: string, clients: readonly Client[]): Promise<number> {
  await using engine = openEngine({ db, namespace: NAMESPACE, embedder: 'none' });
  let lost = 0;
  for (const { acknowledged } of clients)
    for (const [id, content] of acknowledged)
      if ((await engine.memories.read(id)).memory.content !== content) lost += 1;
  const { findings } = await engine.verify({ deep: true });
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  return lost;
}

type Serving = { readonly db: string; readonly served: Served; readonly tokens: readonly string[] };

async function withServer<T>(work: (serving: Serving) => Promise<T>): Promise<T> {
  return inFolder(async folder => {
    const db = join(folder, 'team.db');
    const tokens = await tokensIn(db);
    const served = await serve(['dist/bin/mintmark.js', 'serve', '--http', '127.0.0.1:0', '--db', db]);
    const result = await work({ db, served, tokens });
    await served.close();
    return result;
  });
}

/** One for each client, as a team has. */
async function tokensIn(db: string): Promise<string[]> {
  await using engine = openEngine({ db });
  const tokens: string[] = [];
  for (let client = 0; client < CLIENTS; client += 1)
    tokens.push(
      (await engine.tokens.create({ namespace: NAMESPACE, home: [HOME], permissions: ['read', 'write'] }))
        .token,
    );
  return tokens;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}

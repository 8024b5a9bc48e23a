/**
 * Search in a large PostgreSQL beside SQLite of the same size a namespace. Its argument is a superuser's URL of an empty
 * database with pgvector; `--namespaces`, `--memories` (of each) and `--exact` (option pgExact) say how much and how, `--filled`
 * that the database has them already, `--no-sqlite` that nothing is put beside it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type Engine, openEngine } from '../src/engine.js';
import type { Statement } from './material.js';
import { ask, type Clock, recall, statementsOf, type Times } from './postgres/ask.js';
import { fill, nodesOf } from './postgres/fill.js';
import { asOwner } from './postgres/owner.js';
import { serverTime } from './postgres/server-time.js';
import { wordVectors } from './postgres/words.js';

const { values, positionals } = parseArgs({
  options: {
    namespaces: { type: 'string', default: '100' },
    memories: { type: 'string', default: '10000' },
    exact: { type: 'string', default: '20000' },
    filled: { type: 'boolean', default: false },
    'no-sqlite': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [db = ''] = positionals;
const memories = Number(values.memories);
const namespaces = Array.from({ length: Number(values.namespaces) }, (_, index) => `bench-${index}`);
const byIndex = Number(values.exact) < memories;
const common = { embedder: wordVectors, home: { nodes: ['repo:bench'], aliases: [] } };
const WRITTEN = 2000;
const ONE_BY_ONE = 200;
/** Another one each time, since what is written stays. */
const NEW = `bench-new-${process.pid}`;

const folder = mkdtempSync(join(tmpdir(), 'mintmark-postgres-'));
const client = new pg.Client({ connectionString: db });
try {
  await client.connect();
  const { search, ...results } = await measure();
  console.table(search);
  console.log(results);
  writeFileSync(
    new URL(`results-postgres${byIndex ? '-indexed' : ''}.json`, import.meta.url),
    `${JSON.stringify({ node: process.version, namespaces: namespaces.length, memories, dims: wordVectors.dims, ...results, search }, null, 2)}\n`,
  );
} finally {
  await client.end();
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const served = await asOwner(client, db);
  await using postgres = openEngine({ ...common, db: served, pgExact: Number(values.exact) });
  await postgres.search({ query: 'nothing' }, postgres.call({ namespace: 'bench-none' }));
  const filling = values.filled ? undefined : await took(() => fill(client, { names: namespaces, memories }));
  const indexing = byIndex ? await took(() => arrange(postgres)) : undefined;
  await client.query('vacuum analyze');
  const field = { namespaces, memories };
  const recalled = {
    namespace: await recall(postgres, field, false),
    team: await recall(postgres, field, true),
  };
  const asked = of('PostgreSQL', await ask(postgres, field, clock));
  const written = { PostgreSQL: await writing(postgres, clock) };
  const beside = values['no-sqlite'] ? undefined : await besideIt();
  return {
    rows_a_second: filling && Math.round((namespaces.length * memories) / filling),
    seconds_to_index: indexing,
    recall: recalled,
    search: { ...asked, ...beside?.asked },
    written: { ...written, ...beside?.written },
    megabytes: await sizes(),
  };
}

function clock(): Promise<number> {
  return serverTime(client);
}

/** SQLite with one of the namespaces. */
async function besideIt() {
  await using sqlite = openEngine({ ...common, db: join(folder, 'bench.db'), durability: 'normal' });
  await write(sqlite, 'bench-0', { said: statementsOf('bench-0', memories), size: 100 });
  await sqlite.settled();
  const asked = of('SQLite', await ask(sqlite, { memories, namespaces: ['bench-0'] }));
  await using full = openEngine({ ...common, db: join(folder, 'full.db') });
  return { asked, written: { SQLite: await writing(full) } };
}

/** Memories a second, and milliseconds of the server's processor for each with its vector. */
async function writing(engine: Engine, counted?: Clock) {
  const measured: Record<string, { readonly a_second: number; readonly server?: number }> = {};
  for (const [name, count, size] of [
    ['in batches of 100', WRITTEN, 100],
    ['one by one', ONE_BY_ONE, 1],
  ] as const) {
    const before = (await counted?.()) ?? 0;
    const said = statementsOf(`bench-${size}`, count);
    const seconds = await took(() => write(engine, NEW, { said, size }));
    await engine.settled();
    const server = counted && { server: Math.round((((await counted()) - before) / count) * 100) / 100 };
    measured[name] = { a_second: Math.round(count / seconds), ...server };
  }
  return measured;
}

type Writing = { readonly said: readonly Statement[]; readonly size: number };

/** Through the library, as clients do: with look-alikes, ledger and search index. */
async function write(engine: Engine, namespace: string, { said, size }: Writing): Promise<void> {
  const call = engine.call({ namespace, trust: 'user' });
  for (let at = 0; at < said.length; at += size) {
    const changes = said
      .slice(at, at + size)
      .map(({ text }, index) => ({ content: text, graph_nodes: nodesOf(at + index) }));
    const proposed = await engine.memories.propose({ changes, commit: true }, call);
    if (proposed.status === 'needs_review')
      await engine.memories.decide({ batch_id: proposed.batch_id }, call);
  }
}

/** Brings every namespace's vectors into the index, as reindexing does. */
async function arrange(engine: Engine): Promise<void> {
  for (const namespace of namespaces) await engine.reindex({}, engine.call({ namespace }));
}

async function sizes(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; bytes: string }>(`
    select relname as name, pg_relation_size(oid) as bytes from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'i') and pg_relation_size(oid) > 1000000
    order by 2 desc`);
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, Math.round(Number(bytes) / 1e6)]));
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}

function of(engine: string, measured: Record<string, Times>): Record<string, Times> {
  return Object.fromEntries(Object.entries(measured).map(([kind, one]) => [`${engine}, ${kind}`, one]));
}

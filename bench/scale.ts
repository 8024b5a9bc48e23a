/** What a load and a patch cost in a large store beside a small one: rows visited and time, and their ratio. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../src/engine.js';
import type { Scope, ScopeFilter } from '../src/schema/scope.js';
import { scopeToRead } from '../src/scope.js';
import { systemSources } from '../src/sources.js';
import { newestMedallions } from '../src/store/newest-medallions.js';
import type { Sql } from '../src/store/sql.js';
import { Session } from '../src/store/sqlite/connection.js';
import { connect } from '../src/store/sqlite/driver.js';
import type { Reader } from '../src/store/store.js';
import { storeFor } from '../test/support/engines.js';
import { strikeMany } from '../test/support/medallions.js';

const MEDALLIONS = [1000, 100_000] as const;
const EVENTS = [10, 10_000] as const;
const ROUNDS = 60;
const HOME = { nodes: ['repo:common'], aliases: [] };

/** A node on all, ten teams, fifty areas as tags, two halves that never meet, and a task of its own each. */
const scopeOf = (index: number): Scope => ({
  graph_nodes: [
    index % 2 === 0 ? 'half:even' : 'half:odd',
    'repo:common',
    `task:${index}`,
    `team:${index % 10}`,
  ],
  tags: [`area:${index % 50}`],
});

const LOADS = {
  'home, on every medallion': {},
  'one node of its own': { graph_nodes: ['task:500'] },
  'two common nodes': { graph_nodes: ['repo:common', 'team:3'] },
  'a common and a rare node': { graph_nodes: ['repo:common', 'task:500'] },
  'a node and a tag': { graph_nodes: ['team:3'], tags: ['area:13'] },
  'tags alone': { all: true, tags: ['area:1', 'area:2', 'area:3'] },
  everything: { all: true },
  'two halves that never meet': { graph_nodes: ['half:even', 'half:odd'] },
} as const;

type Figure = { readonly small: number; readonly large: number; readonly ratio: number };
type Result = { readonly rows?: Figure; readonly milliseconds: Figure };

const folder = mkdtempSync(join(tmpdir(), 'mintmark-scale-'));
try {
  const results = { ...(await loads()), ...(await patches()) };
  print(results);
  writeFileSync(
    new URL('results-scale.json', import.meta.url),
    `${JSON.stringify({ node: process.version, medallions: MEDALLIONS, events: EVENTS, results }, null, 2)}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function loads(): Promise<Record<string, Result>> {
  const measured: { rows: Record<string, number>; milliseconds: Record<string, number> }[] = [];
  for (const count of MEDALLIONS) {
    const db = join(folder, `${count}.db`);
    const store = storeFor(db);
    await strikeMany(
      store,
      systemSources,
      Array.from({ length: count }, (_, index) => scopeOf(index)),
    );
    await store.close();
    await using engine = openEngine({ db, home: HOME });
    await furnish(engine);
    const milliseconds: Record<string, number> = {};
    const rows: Record<string, number> = {};
    for (const [name, input] of Object.entries(LOADS)) {
      rows[name] = await rowsVisited(db, scopeToRead(input, HOME));
      milliseconds[name] = await median(() => engine.load(input));
    }
    measured.push({ rows, milliseconds });
  }
  const [small, large] = measured;
  return Object.fromEntries(
    Object.keys(LOADS).map(name => [
      `load_by_scope, ${name}`,
      {
        rows: figure(small?.rows[name], large?.rows[name]),
        milliseconds: figure(small?.milliseconds[name], large?.milliseconds[name]),
      },
    ]),
  );
}

/** What else a load shows: memories, open runs and a batch that waits. The same in a small and in a large store. */
async function furnish({ memories, runs }: Engine): Promise<void> {
  const changes = Array.from({ length: 50 }, (_, index) => ({ content: `Note ${index} of the home scope.` }));
  const { batch_id } = await memories.propose({ changes });
  await memories.decide({ batch_id });
  await memories.propose({ changes: [{ content: 'Nobody has decided this yet.' }] });
  for (const objective of ['Move billing.', 'Write the report.']) await runs.open({ objective });
}

/** Counts the rows of the walked index that SQLite looks at, by a function that it has to call for each. */
async function rowsVisited(db: string, filter: ScopeFilter): Promise<number> {
  const connection = connect(db);
  let visits = 0;
  connection.function('visited', { deterministic: false }, (_id: unknown) => {
    visits += 1;
    return 1;
  });
  const session = new Session('default', connection);
  const counted = ({ text, values }: Sql): Sql => ({
    text: text.map(part =>
      part.replace('where k.namespace =', 'where visited(k.medallion_id) and k.namespace ='),
    ),
    values,
  });
  const reader: Reader = {
    namespace: 'default',
    dialect: session.dialect,
    version: () => session.version(),
    all: query => session.all(counted(query)),
    get: query => session.get(counted(query)),
    count: query => session.count(counted(query)),
  };
  await newestMedallions(reader, filter, 11);
  connection.close();
  return visits;
}

async function patches(): Promise<Record<string, Result>> {
  const milliseconds: number[] = [];
  for (const count of EVENTS) {
    await using engine = openEngine({
      db: join(folder, `run-${count}.db`),
      home: HOME,
      durability: 'normal',
    });
    const { run_id, seq } = await engine.runs.open({ objective: 'Measure.' });
    await record(engine, run_id, count);
    let expected_seq = seq;
    milliseconds.push(
      await median(async () => {
        const next = { run_id, expected_seq, set: { next_action: `Step ${expected_seq}.` } };
        ({ seq: expected_seq } = await engine.runs.patch(next));
      }),
    );
  }
  return {
    'working_set_patch, events in the run': { milliseconds: figure(milliseconds[0], milliseconds[1]) },
  };
}

async function record(engine: Engine, run_id: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 100)
    await engine.runs.record({
      run_id,
      events: Array.from({ length: Math.min(100, count - done) }, (_, index) => ({
        type: 'NOTE' as const,
        payload: { text: `Note ${done + index}.` },
      })),
    });
}

async function median(work: () => Promise<unknown>): Promise<number> {
  for (let round = 0; round < 5; round += 1) await work();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = performance.now();
    await work();
    times.push(performance.now() - before);
  }
  return times.sort((left, right) => left - right)[ROUNDS / 2] ?? Number.NaN;
}

function figure(small = Number.NaN, large = Number.NaN): Figure {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return { small: rounded(small), large: rounded(large), ratio: rounded(large / small) };
}

function print(results: Record<string, Result>): void {
  const cells = (row: readonly (string | number)[]) =>
    row.map((cell, at) => (at === 0 ? String(cell).padEnd(44) : String(cell).padStart(11))).join('');
  console.log(cells(['', 'rows small', 'large', 'ratio', 'ms small', 'large', 'ratio']));
  for (const [name, { rows, milliseconds }] of Object.entries(results))
    console.log(
      cells([name, ...(rows ? Object.values(rows) : ['', '', '']), ...Object.values(milliseconds)]),
    );
}

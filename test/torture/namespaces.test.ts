import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { connect, fixedSources } from '../support/connect.js';
import { databaseFor, dropDatabases } from '../support/engines.js';
import { seedOfRun, temporaryFolder } from '../support/mintmark.js';
import { Caller, programs, type Step } from './program.js';

const SEED = seedOfRun();
/** Making a failing program smaller is stopped in time for the smallest found to be printed. */
const FAST_CHECK = {
  seed: SEED,
  numRuns: Number(process.env.MINTMARK_NAMESPACE_RUNS ?? 8),
  interruptAfterTimeLimit: 500_000,
};

it.each([
  ['default', 'team'],
  ['team', 'default'],
])(
  `the namespace %s answers the same bytes with and without data in %s (MINTMARK_SEED=${SEED})`,
  async (...names) => {
    console.log(`MINTMARK_SEED=${SEED}`);
    const [namespace, other] = names;
    let calls = 0;
    let successes = 0;
    const sameBytes = fc.asyncProperty(programs, async program => {
      using folder = temporaryFolder();
      const store = folder.file('store');
      const alone = await runIn(namespace, { store, program });
      rmSync(store, { recursive: true, force: true });
      await dropDatabases(databaseFor(`${store}/memory.db`));
      const beside = await runIn(namespace, { store, program, other });
      expect(beside.replies).toEqual(alone.replies);
      calls += alone.replies.length;
      successes += alone.successes;
    });
    await fc.assert(sameBytes, FAST_CHECK);
    console.log(`${calls} calls, ${successes} of them successes`);
    expect(successes / calls).toBeGreaterThan(0.95);
  },
);

type Run = { readonly store: string; readonly program: readonly Step[]; readonly other?: string };

/** Runs a program; where another namespace is named, it runs there too, before and in step. */
async function runIn(namespace: string, { store, program, other }: Run): Promise<Caller> {
  const db = `${store}/memory.db`;
  await using server = await connect({ db, options: { namespace } });
  const caller = new Caller(server);
  if (other === undefined) {
    for (const step of program) await caller.take(step);
    return caller;
  }
  // Both count their ids from one, so that the same id is something else in either.
  await using rival = await connect({ db, options: { namespace: other } });
  const stranger = new Caller(rival);
  for (const step of program) await stranger.take(step);
  for (const step of program) {
    await stranger.take(step);
    await caller.take(step);
  }
  return caller;
}

const repeated = { content: 'Kamal deploys apple to staging.' };
/** Whatever is drawn, some proposals are like what there is: with either project and with the other. */
const REPEATING: Step[] = [1, 2].map(() => ({ do: 'add', change: repeated, commit: true }));

it(`a project is shown nothing of another one in its namespace unasked (MINTMARK_SEED=${SEED})`, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  let calls = 0;
  let successes = 0;
  let reported = 0;
  const apart = fc.asyncProperty(programs, programs, async (ours, theirs) => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    const sources = fixedSources();
    await using atlas = await connect({ db, sources, home: { nodes: ['project:atlas'], aliases: [] } });
    await using atlas2 = await connect({ db, sources, home: { nodes: ['project:atlas2'], aliases: [] } });
    const callers = [new Caller(atlas), new Caller(atlas2)] as const;
    for (const [index, step] of ours.entries()) {
      await callers[0].take(step);
      await callers[1].take(theirs[index % theirs.length] ?? step);
    }
    const [first, second] = callers;
    expect([...first.ids].filter(id => second.ids.has(id))).toEqual([]);
    // Asked for by name or as a whole, the other one is shown.
    const all = JSON.stringify(
      await atlas.call('search', { query: '', all: true, limit: 100, detail: 'ids', max_tokens: 25_000 }),
    );
    expect([...second.active].filter(id => !all.includes(id))).toEqual([]);
    for (const caller of callers) {
      calls += caller.replies.length;
      successes += caller.successes;
      reported += caller.reported;
    }
  });
  await fc.assert(apart, {
    ...FAST_CHECK,
    numRuns: FAST_CHECK.numRuns + 1,
    examples: [[REPEATING, REPEATING]],
  });
  console.log(`${calls} calls, ${successes} of them successes; ${reported} look-alikes and contradictions`);
  expect(successes / calls).toBeGreaterThan(0.95);
  expect(reported).toBeGreaterThan(0);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/schema/scope.js';
import { connect, fixedSources } from '../support/connect.js';
import { storeFor } from '../support/engines.js';
import { strikeMany } from '../support/medallions.js';
import { temporaryFolder } from '../support/mintmark.js';

const folder = temporaryFolder();
const db = folder.file('many.db');
const sources = fixedSources();
const byScope = new Map<string, string>();
const nameOf = ({ graph_nodes, tags }: Scope) => JSON.stringify([graph_nodes, tags]);

/** Every set of nodes around one crowded node, so that every scope has narrower, wider and overlapping neighbours. */
const crowd: Scope[] = Array.from({ length: 10_000 }, (_, n) => ({
  graph_nodes: [
    'repo:big',
    ...(n === 0 ? [] : [`module:${n % 100}`]),
    ...(n < 100 ? [] : [`task:${n}`]),
  ].sort(),
  tags: n % 3 === 0 ? ['shared'] : [],
}));

beforeAll(async () => {
  const store = storeFor(db);
  const ids = await strikeMany(store, sources, crowd);
  for (const [index, scope] of crowd.entries()) byScope.set(nameOf(scope), ids[index] ?? '');
  await store.close();
}, 600_000);
afterAll(() => folder[Symbol.dispose]());

const strike = async (scope: Scope) => {
  await using server = await connect({ db, sources });
  return await server.call('checkpoint', { session_summary: 'Again.', ...scope });
};

describe('among 10,000 medallions, a checkpoint', () => {
  it.each([
    ['the newest', 9999],
    ['the oldest', 0],
    ['one in between', 5050],
  ])('of the very scope of %s makes its next version, no duplicate', async (_, index) => {
    const scope = crowd[index] ?? { graph_nodes: [], tags: [] };
    const shuffled = {
      graph_nodes: [...scope.graph_nodes].reverse().map(node => ` ${node} `),
      tags: scope.tags,
    };
    expect(await strike(shuffled)).toMatchObject({
      medallion_id: byScope.get(nameOf(scope)),
      version: 2,
      created: false,
    });
  });

  it.each([
    ['narrower', { graph_nodes: ['module:7'], tags: [] }],
    ['wider', { graph_nodes: ['module:7', 'repo:big', 'task:107', 'user:ada'], tags: [] }],
    ['overlapping', { graph_nodes: ['module:7', 'module:8'], tags: ['shared'] }],
    ['equal but for a tag', { graph_nodes: ['repo:big'], tags: [] }],
    ['only tagged', { graph_nodes: [], tags: ['shared'] }],
  ])('of a scope that is %s makes a medallion of its own and merges with none', async (_, scope) => {
    expect(byScope.has(nameOf(scope))).toBe(false);
    const { medallion_id, version, created } = await strike(scope);
    expect({ version, created }).toEqual({ version: 1, created: true });
    expect([...byScope.values()]).not.toContain(medallion_id);
    expect(await strike(scope)).toMatchObject({ medallion_id, version: 2 });
  });

  it('of an empty scope is refused and leaves all as they were', async () => {
    await expect(strike({ graph_nodes: [], tags: [] })).rejects.toThrow(/^invalid: The scope is empty/);
  });

  it('keeps the exact medallion reachable by load, which names only what matches', async () => {
    await using server = await connect({ db, sources });
    const { medallions, omitted } = await server.call('load_by_scope', {
      graph_nodes: ['task:4711', 'repo:big'],
    });
    expect(medallions).toEqual([
      { uri: `medallion://${byScope.get(nameOf(crowd[4711] ?? { graph_nodes: [], tags: [] }))}`, version: 1 },
    ]);
    expect(omitted.more_medallions).toBe(false);
  });

  it('leaves as many medallions as there are scopes, and sound chains', async () => {
    await using server = await connect({ db, sources });
    const { findings, ledger } = await server.engine.verify({ deep: false });
    expect(findings).toEqual([]);
    expect(ledger).toHaveLength(crowd.length + 5);
    expect(ledger.reduce((sum, { events }) => sum + events, 0)).toBe(crowd.length + 3 + 10);
  });
});

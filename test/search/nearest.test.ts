import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unit } from '../../src/models/unit.js';
import { AS_NEAR } from '../../src/search/weights.js';
import { connect } from '../support/connect.js';
import { vectorOf, wordEmbedder } from '../support/embedders.js';
import { POSTGRES } from '../support/engines.js';
import { randomFrom, seedOfRun } from '../support/mintmark.js';
import { listenToStatements } from '../support/statements.js';

const ROWS = 2500;
/** So many are searched before the others, which are more than a page of vectors, are there. */
const FIRST = 300;
const DIMS = 20;
const SEED = seedOfRun();
const QUERIES = ['harbour lights', 'w17 w3 w90', 'nothing of it is stored anywhere'];

type Row = { readonly id: string; readonly content: string; readonly scope: string };

/** Every scope that a search names here, with the share of rows that it holds. */
const SCOPES = [
  ['half of all rows', 'share:half'],
  ['1 % of them', 'share:percent'],
  ['.1 %', 'share:mille'],
  ['one row', 'share:one'],
  ['none', 'share:none'],
] as const;

describe.each([
  ['with the vectors in memory', 256],
  ['compared in the database', 0],
])('the nearest, %s', (_how, vectorCacheMb) => {
  let server: Awaited<ReturnType<typeof connect>>;
  const rows: Row[] = [];

  beforeAll(async () => {
    server = await connect({
      embedder: wordEmbedder({ dims: DIMS }),
      options: { vectorCacheMb, semanticFloor: 0, relevanceWeight: 1, importanceWeight: 0, recencyWeight: 0 },
    });
    rows.push(...(await fill(server, { from: 0, to: FIRST })));
    await searched(server);
    rows.push(...(await fill(server, { from: FIRST, to: ROWS })));
    await searched(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.runIf(vectorCacheMb > 0 && !POSTGRES)(
    'are in memory after one search, however many were added',
    async () => {
      using heard = listenToStatements();
      await server.engine.search({ query: QUERIES[0] ?? '', mode: 'semantic', all: true });
      expect(heard.statements.filter(one => one.includes('v.vector'))).toEqual([]);
    },
  );

  it.each(SCOPES)(
    `are those that comparing every row would give among %s (MINTMARK_SEED=${SEED})`,
    async (_share, node) => {
      for (const query of QUERIES) {
        const { hits }: { hits: { uri: string }[] } = await server.call('search', {
          ...{ query, mode: 'semantic', kinds: ['memory'], graph_nodes: [node] },
          ...{ limit: 50, detail: 'ids', max_tokens: 25_000 },
        });
        const expected = nearest(
          rows.filter(({ scope }) => scope === node),
          query,
        ).slice(0, 50);
        expect(hits.map(({ uri }) => uri)).toEqual(expected.map(id => `memory://${id}`));
      }
    },
  );

  it('are found among all rows too', async () => {
    for (const query of QUERIES) {
      const { hits } = await server.engine.search({
        ...{ query, mode: 'semantic', all: true, limit: 50, detail: 'ids', max_tokens: 25_000 },
      });
      expect(hits.map(({ uri }) => uri)).toEqual(
        nearest(rows, query)
          .slice(0, 50)
          .map(id => `memory://${id}`),
      );
    }
  });

  it.each([
    ['among all rows', { all: true }],
    ['in a narrow scope', { graph_nodes: ['share:mille'] }],
  ])('no longer hold what was purged, and hold what was added, %s', async (_where, where) => {
    const query = QUERIES[0] ?? '';
    const search = async () =>
      (await server.engine.search({ query, mode: 'semantic', ...where, detail: 'ids' })).hits;
    const [best] = await search();
    await server.engine.memories.forget({ ids: [best?.uri ?? ''], purge: true });
    expect((await search()).map(({ uri }) => uri)).not.toContain(best?.uri);
    const { committed_ids } = await server.engine.memories.propose({
      changes: [{ content: query, graph_nodes: ['share:mille'] }],
      commit: true,
    });
    await server.engine.settled();
    expect((await search())[0]?.uri).toBe(`memory://${committed_ids[0]}`);
  });

  it('are those of a scope that nothing was in before', async () => {
    const search = async (node: string) =>
      (await server.engine.search({ query: QUERIES[0] ?? '', mode: 'semantic', graph_nodes: [node] })).hits;
    expect(await search('share:new')).toEqual([]);
    const changes = [{ content: QUERIES[0] ?? '', graph_nodes: ['share:new'] }];
    const { committed_ids } = await server.engine.memories.propose({ changes, commit: true });
    await server.engine.settled();
    expect((await search('share:new')).map(({ uri }) => uri)).toEqual([`memory://${committed_ids[0]}`]);
    await server.engine.memories.forget({ ids: committed_ids, purge: true });
    expect(await search('share:new')).toEqual([]);
  });

  it('do not take a memory for one that was purged and had its number', async () => {
    const [query = ''] = QUERIES;
    const propose = async (content: string) => {
      const changes = [{ content, graph_nodes: ['share:again'] }];
      const { committed_ids } = await server.engine.memories.propose({ changes, commit: true });
      await server.engine.settled();
      return committed_ids;
    };
    const search = async () =>
      (
        await server.engine.search({
          ...{ query, mode: 'semantic', graph_nodes: ['share:again'], explain: true },
        })
      ).hits;
    const ids = await propose(query);
    const [purged] = await search();
    await server.engine.memories.forget({ ids, purge: true });
    await propose('w1 w2 w3 w4');
    const [found] = await search();
    const certaintyOf = (hit: typeof found) => hit?.parts?.certainty ?? 1;
    expect(certaintyOf(found)).toBeLessThan(certaintyOf(purged) / 2);
  });
});

type Server = Pick<Awaited<ReturnType<typeof connect>>, 'engine'>;

/** The first search after rows were added has their vectors read. */
async function searched({ engine }: Server): Promise<void> {
  await engine.settled();
  await engine.search({ query: 'warm', mode: 'semantic', all: true });
  await engine.settled();
}

type Numbers = { readonly from: number; readonly to: number };

async function fill({ engine }: Server, { from, to }: Numbers): Promise<Row[]> {
  const random = randomFrom(SEED + from);
  const rows: Row[] = [];
  for (let at = from; at < to; at += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => ({
      content: Array.from({ length: 6 }, () => `w${Math.floor(random() * 300)}`).join(' '),
      scope: scopeOf(at + index),
    }));
    const changes = batch.map(({ content, scope }) => ({ content, graph_nodes: [scope] }));
    const proposed = await engine.memories.propose({ changes });
    await engine.memories.decide({ batch_id: proposed.batch_id });
    rows.push(...batch.map((row, index) => ({ ...row, id: proposed.changes[index]?.memory_id ?? '' })));
  }
  return rows;
}

function scopeOf(number: number): string {
  if (number === 1234) return 'share:one';
  if (number % 1000 === 500) return 'share:mille';
  if (number % 100 === 7) return 'share:percent';
  return number % 2 === 0 ? 'share:half' : 'share:rest';
}

/** Ids by cosine, computed here. Only what is near enough to be a hit. */
function nearest(rows: readonly Row[], query: string): string[] {
  const asked = unit(vectorOf(query, DIMS), DIMS) ?? new Float32Array(DIMS);
  const sorted = rows
    .map(({ id, content }) => ({ id, cosine: dot(asked, unit(vectorOf(content, DIMS), DIMS)) }))
    .sort((left, right) => right.cosine - left.cosine);
  const least = Math.max(FLOOR, (sorted[0]?.cosine ?? 0) * AS_NEAR);
  return sorted.filter(({ cosine }) => cosine >= least).map(({ id }) => id);
}

const FLOOR = 0;

const dot = (left: Float32Array, right: Float32Array = new Float32Array(left.length)): number =>
  left.reduce((sum, value, dim) => sum + value * (right[dim] ?? 0), 0);

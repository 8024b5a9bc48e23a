import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { indexedText } from '../../src/memory/index-text.js';
import { openStore } from '../../src/open-store.js';
import type { MemoryBody } from '../../src/schema/memory.js';
import { insertMemories } from '../../src/store/memories.js';
import {
  deleteTexts,
  insertTexts,
  newestHolding,
  searchText,
  type TextMatch,
} from '../../src/store/memory-text.js';
import { internScope } from '../../src/store/scopes.js';
import { sql } from '../../src/store/sql.js';
import type { Store } from '../../src/store/store.js';
import { insertModel } from '../../src/store/vector-models.js';
import { arrangeVectors, insertVectors, nearestPassing, vectorsAfter } from '../../src/store/vectors.js';
import { databaseFor, POSTGRES } from '../support/engines.js';
import { randomFrom, seedOfRun } from '../support/mintmark.js';

const seed = seedOfRun();
const random = randomFrom(seed);
const SPACE = 'words';
/** A busy machine is no failure. */
const PATIENT = 120_000;
/** Some are common and some rare, some share a stem, some are pairs of one script. */
const WORDS = [
  ...[
    'run',
    'runs',
    'running',
    'home',
    'query',
    'queries',
    'deploy',
    'every0',
    'x',
    '字一',
    '字二',
    '一字',
    'naïve',
  ],
  ...Array.from({ length: 40 }, (_, index) => `word${index}`),
];
const filter = {
  scope: { nodes: { match: 'everything' }, tags: [] },
  statuses: ['active'],
  types: [],
  validAt: 1,
} as const;

const pick = (): string => WORDS[Math.floor(random() ** 3 * WORDS.length)] ?? '';
const text = (most: number): string =>
  Array.from({ length: 1 + Math.floor(random() * most) }, pick).join(' ');

const said = Array.from({ length: 120 }, (_, index) => ({
  own: index === 7 ? Array.from({ length: 700 }, () => 'again').join(' ') : text(30),
  context: index % 3 === 0 ? text(4) : '',
}));

async function fill(store: Store): Promise<void> {
  await store.write(SPACE, async writer => {
    for (const [index, words] of said.entries()) {
      const body: MemoryBody = {
        ...{
          type: 'fact',
          content: words.own,
          graph_nodes: [`team:${index % 5}`],
          tags: [],
          importance: 0.5,
        },
        ...{ confidence: 1, rationale: null, source_refs: [], trust: 'user', supersedes: [] },
        ...{ valid_from: null, valid_to: null },
      };
      const scope_id = await internScope(writer, body);
      const id = `mem_${String(index).padStart(4, '0')}`;
      const [number = 0] = await insertMemories(writer, [
        { id, batch_id: 'bat', body, scope_id, fingerprint: id, created_at: 0, committed_at: 0 },
      ]);
      await insertTexts(writer, [{ number, ...words, scope: indexedText(body).scope }]);
    }
  });
}

/** Every word counted again, beside what is kept. */
const MISCOUNTED = sql`
  with held as (
    select namespace, substr(word, 5) as word, count(*) as rows from memory_text, unnest(tsvector_to_array(terms)) word
    group by 1, 2
    union all select namespace, '', sum(length) from memory_text group by 1)
  select * from held full join (select namespace, word, rows from text_word where family = 'memory' and rows > 0) kept
    using (namespace, word) where held.rows is distinct from kept.rows`;

describe.runIf(POSTGRES)(`search on PostgreSQL (seed ${seed})`, () => {
  const config = resolveOptions({ durability: 'normal' });
  const sqlite = openStore(':memory:', config);
  const postgres = openStore(databaseFor(':memory:'), config);

  beforeAll(async () => {
    await fill(sqlite);
    await fill(postgres);
  }, PATIENT);
  afterAll(async () => {
    await sqlite.close();
    await postgres.close();
  });

  const both = async <T>(ask: (store: Store) => Promise<T>): Promise<[T, T]> => [
    await ask(sqlite),
    await ask(postgres),
  ];

  it('finds the same rows as SQLite, with the same scores, in the same order', async () => {
    for (let round = 0; round < 60; round += 1) {
      const terms = [
        ...new Set([pick(), pick(), round % 7 === 0 ? '字' : pick(), round % 11 === 0 ? 'again' : pick()]),
      ];
      const match: TextMatch = {
        need: round % 4 === 3 ? 'all' : 'any',
        ...{ terms: terms.slice(0, 2), deferred: terms.slice(2), scopes: [] },
      };
      const [expected, found] = await both(store =>
        store.read(SPACE, reader => searchText(reader, { match, filter, limit: 50 })),
      );
      expect(
        found.map(({ id }) => id),
        JSON.stringify(match),
      ).toEqual(expected.map(({ id }) => id));
      for (const [index, { raw }] of found.entries()) expect(raw).toBeCloseTo(expected[index]?.raw ?? 0, 9);
      expect(found.map(({ matches }) => matches)).toEqual(expected.map(({ matches }) => matches));
    }
  });

  it('knows the newest rows that hold words, common or rare', async () => {
    // FTS5 would take this word of a text for the token that every row holds.
    const word = () => pick().replace('every0', 'home');
    const sets = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? [word()] : [word(), word()]));
    const [expected, found] = await both(store =>
      store.read(SPACE, reader => newestHolding(reader, [...sets, ['nobody'], ['again']], 8)),
    );
    expect(found).toEqual(expected);
  });

  it('is found out where its index was altered', async () => {
    expect(await postgres.inspect(SPACE)).toEqual([]);
    await postgres.write(SPACE, writer =>
      writer.run(sql`update text_word set rows = rows + 1 where namespace = ${SPACE} and word = 'home'`),
    );
    await postgres.write(SPACE, writer =>
      writer.run(sql`update memory_text set own = own || ' added' where namespace = ${SPACE} and number = 3`),
    );
    expect(await postgres.inspect(SPACE)).toMatchObject([
      { check: 'search index', found: '1 texts are indexed by other words than they have' },
      { check: 'search index', found: '1 words are counted as held by more or fewer rows than hold them' },
    ]);
    await postgres.write(SPACE, writer =>
      writer.run(sql`update text_word set rows = rows - 1 where namespace = ${SPACE} and word = 'home'`),
    );
  });

  it('keeps count of words while rows come and go', async () => {
    expect(await postgres.read(SPACE, reader => reader.all(MISCOUNTED))).toEqual([]);
    await postgres.write(SPACE, writer => deleteTexts(writer, ['mem_0007', 'mem_0008', 'mem_0100']));
    expect(await postgres.read(SPACE, reader => reader.all(MISCOUNTED))).toEqual([]);
    const gone = sql`select 1 from text_word where word = 'again'`;
    expect(await postgres.read(SPACE, reader => reader.all(gone))).toEqual([]);
  });
});

describe.runIf(POSTGRES).each(['hnsw', 'ivfflat', 'none'] as const)('vectors by %s', pgIndex => {
  const store = openStore(
    databaseFor(':memory:'),
    resolveOptions({ durability: 'normal', pgIndex, pgExact: 50 }),
  );
  beforeAll(() => fill(store), PATIENT);
  afterAll(() => store.close());

  it.each([3, 384, 3000, 17_000])('of %i dimensions are the nearest, also among few', async dims => {
    const few = dims > 4000 ? 15 : said.length;
    const made = said.slice(0, few).map(() => unit(dims));
    const rows = made.map((_, index) => ({ number: index + 1, id: `mem_${String(index).padStart(4, '0')}` }));
    const model = await store.write(SPACE, async writer => {
      const { id } = await insertModel(writer, { name: `of ${dims}`, dims, at: 0 });
      const embedded = rows.map((row, index) => ({ row, vector: index === 5 ? undefined : made[index] }));
      await insertVectors(writer, { model: id, family: 'memory' }, embedded);
      return { id, name: '', dims, state: 'current', used_at: 0 } as const;
    });
    while (await store.write(SPACE, writer => arrangeVectors(writer, model)));
    const set = { model: model.id, family: 'memory' } as const;
    const asked = unit(dims);
    const nearest = (passes: (number: number) => boolean) =>
      made
        .map((vector, index) => ({ number: index + 1, cosine: product(vector, asked) }))
        .filter(({ number }) => number !== 6 && passes(number))
        .sort((left, right) => right.cosine - left.cosine)
        .slice(0, 10)
        .map(({ number }) => number);
    const ask = (passes: ReturnType<typeof sql>) =>
      store.read(SPACE, async reader => {
        const near = { vector: asked, passes, covered: Number.POSITIVE_INFINITY, limit: 10 };
        return (await nearestPassing(reader, set, near)).map(({ number }) => number);
      });
    const found = await ask(sql`m.namespace = ${SPACE}`);
    const share = nearest(() => true).filter(number => found.includes(number)).length / 10;
    expect(share).toBeGreaterThanOrEqual(pgIndex === 'none' || dims > 4000 ? 1 : 0.9);
    const narrow = await ask(sql`m.namespace = ${SPACE} and m.number > ${few - 8}`);
    expect(narrow).toEqual(nearest(number => number > few - 8));
    const [first] = await store.read(SPACE, reader => vectorsAfter(reader, set, { after: 0, limit: 1 }));
    expect([...new Float32Array(first?.vector.slice().buffer ?? [])]).toEqual([...(made[0] ?? [])]);
  });
});

function unit(dims: number): Float32Array {
  const vector = Float32Array.from({ length: dims }, () => random() - 0.5);
  const length = Math.sqrt(product(vector, vector));
  return vector.map(value => value / length);
}

const product = (left: Float32Array, right: Float32Array): number =>
  left.reduce((sum, value, dim) => sum + value * (right[dim] ?? 0), 0);

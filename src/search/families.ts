import { memoryNumbers, successorIds } from '../store/memories.js';
import {
  type Counted,
  countPassing,
  documentFrequencies,
  type FoundMemory,
  highestNumber,
  type MemoryFilter,
  memoriesOfVectors,
  memoryPasses,
  passingMemories,
  scanContents,
  type TextMatch,
} from '../store/memory-text.js';
import {
  countScanned,
  type FoundPassage,
  highestPassage,
  type PassageFilter,
  passageFrequencies,
  passagePasses,
  passagesOfVectors,
  passingPassages,
  scanPassages,
  searchPassages,
} from '../store/passage-text.js';
import { scopeIds } from '../store/scopes.js';
import type { Sql } from '../store/sql.js';
import type { Reader } from '../store/store.js';
import type { Family as VectorFamily } from '../store/vector-families.js';
import type { SomeVectors } from '../store/vectors.js';
import type { Candidate } from './candidates.js';
import type { Near } from './nearest.js';
import { throughReplaced } from './replaced.js';
import { untilCommit } from './until-commit.js';

/** One index of its own: that of memories, or that of the passages of all other nouns. */
export type Family = {
  readonly name: VectorFamily;
  readonly scope: MemoryFilter['scope'];
  /** An upper bound of how many rows there are. */
  rows(reader: Reader): Promise<number>;
  /** How many rows hold each stemmed term that any row holds. */
  frequencies(reader: Reader, stemmedTerms: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The best that match and pass, best first; with `among` only those. */
  find(reader: Reader, match: TextMatch, most: Most): Promise<Matches<Candidate>>;
  /** The ids of the scopes that pass. */
  scopes(reader: Reader): Promise<readonly number[]>;
  /** What the filter asks of a row. */
  passes(namespace: string): Sql;
  /** Those of some rows that pass, found by something else than their words. */
  among(reader: Reader, numbers: readonly number[]): Promise<readonly Candidate[]>;
  /** The same where each has a cosine, as far as its number and id say. */
  near(reader: Reader, numbers: readonly number[], cosine: CosineOf): Promise<Near[]>;
  /** Those of some vectors' rows that pass, with the cosine of each vector. */
  ofVectors(reader: Reader, vectors: SomeVectors, cosine: (vector: number) => number): Promise<Near[]>;
  /** Row numbers of what replaced some, to the end. */
  successorNumbers(reader: Reader, ids: readonly string[]): Promise<readonly number[]>;
  /** Ids of what replaced some, to the end. */
  successors(reader: Reader, ids: readonly string[]): Promise<readonly string[]>;
  /** The newest that pass. */
  newest(reader: Reader, limit: number): Promise<readonly Candidate[]>;
  countAll(reader: Reader): Promise<number>;
};

type CosineOf = (row: { readonly number: number; readonly id: string }) => number | undefined;

export type Most = {
  readonly limit: number;
  readonly among?: readonly string[];
  /** Numbers of rows that are not looked for. */
  readonly except?: readonly number[];
};

/** The best, and how many there are with the rest. */
export type Matches<Row> = { readonly rows: readonly Row[]; readonly matches: number };

export const matchesOf = <Row>(rows: readonly Counted<Row>[]): Matches<Row> => ({
  rows,
  matches: rows[0]?.matches ?? 0,
});

/** Which rows of each family a search looks at; none of one that is left out. */
export type Filter = {
  readonly memories?: MemoryFilter | undefined;
  readonly passages?: PassageFilter | undefined;
};

export const familiesOf = ({ memories, passages }: Filter): Family[] => [
  ...(memories ? [memoryFamily(memories)] : []),
  ...(passages ? [passageFamily(passages)] : []),
];

export const LAST_ID = '\uffff';
export const NEWEST = Number.MAX_SAFE_INTEGER;
/** Of what has none, where nothing is asked for that it could be relevant to: that of a memory by default. */
export const NEUTRAL_IMPORTANCE = 0.5;

const highest = untilCommit<number>();
const passingScopes = untilCommit<readonly number[]>();

const memoryFamily = (filter: MemoryFilter): Family => ({
  name: 'memory',
  scope: filter.scope,
  rows: reader => highest(reader, 'memory', () => highestNumber(reader)),
  frequencies: documentFrequencies,
  async find(reader, match, most) {
    const { rows, matches } = await throughReplaced(reader, filter, { match, ...most });
    const found = rows.map(row => {
      const one = memory(row, { raw: row.raw, cosine: null });
      return row.replaced ? { ...one, replaced: row.replaced } : one;
    });
    return { rows: found, matches };
  },
  scopes: reader => passingScopes(reader, JSON.stringify(filter.scope), () => scopeIds(reader, filter.scope)),
  passes: namespace => memoryPasses(namespace, filter),
  among: async (reader, numbers) =>
    (await passingMemories(reader, filter, numbers)).map(row => memory(row, { raw: null, cosine: null })),
  near: async (reader, numbers, cosineOf) =>
    (await passingMemories(reader, filter, numbers)).flatMap(row => {
      const cosine = cosineOf(row);
      return cosine === undefined ? [] : memory(row, { raw: null, cosine });
    }),
  ofVectors: async (reader, vectors, cosine) =>
    (await memoriesOfVectors(reader, filter, vectors)).map(row =>
      memory(row, { raw: null, cosine: cosine(row.vector) }),
    ),
  successorNumbers: async (reader, ids) => memoryNumbers(reader, await successorIds(reader, ids)),
  successors: successorIds,
  newest: async (reader, limit) =>
    (await scanContents(reader, filter, { beforeId: LAST_ID, limit })).map(row =>
      memory(row, { raw: 0, cosine: null }),
    ),
  countAll: reader => countPassing(reader, filter),
});

/** Nothing replaces a passage: what is replaced has ended. */
const passageFamily = (filter: PassageFilter): Family => ({
  name: 'passage',
  scope: filter.scope,
  rows: reader => highest(reader, 'passage', () => highestPassage(reader)),
  frequencies: passageFrequencies,
  async find(reader, match, { limit, except }) {
    const { rows, matches } = matchesOf(
      await searchPassages(reader, { match, filter, limit, ...(except && { except }) }),
    );
    return { rows: rows.map(row => passage(row, { raw: row.raw, cosine: null })), matches };
  },
  scopes: reader => passingScopes(reader, JSON.stringify(filter.scope), () => scopeIds(reader, filter.scope)),
  passes: namespace => passagePasses(namespace, filter),
  among: async (reader, numbers) =>
    (await passingPassages(reader, filter, numbers)).map(row => passage(row, { raw: null, cosine: null })),
  near: async (reader, numbers, cosineOf) =>
    (await passingPassages(reader, filter, numbers)).flatMap(row => {
      const cosine = cosineOf(row);
      return cosine === undefined ? [] : passage(row, { raw: null, cosine });
    }),
  ofVectors: async (reader, vectors, cosine) =>
    (await passagesOfVectors(reader, filter, vectors)).map(row =>
      passage(row, { raw: null, cosine: cosine(row.vector) }),
    ),
  successorNumbers: async () => [],
  successors: async () => [],
  newest: async (reader, limit) =>
    (await scanPassages(reader, filter, { below: NEWEST, limit, parts: 'first' })).map(row => ({
      ...passage(row, { raw: 0, cosine: null }),
      importance: NEUTRAL_IMPORTANCE,
    })),
  countAll: reader => countScanned(reader, filter),
});

type FoundBy<Cosine> = { readonly raw: number | null; readonly cosine: Cosine };

// Field by field: a spread of each of 400 rows is a quarter of what a search takes in JavaScript.
const memory = <Cosine extends number | null>(
  { id, number, status, importance, created_at, superseded_by }: Omit<FoundMemory, 'raw'>,
  { raw, cosine }: FoundBy<Cosine>,
) => ({ kind: 'memory' as const, id, number, status, importance, created_at, superseded_by, raw, cosine });

const passage = <Cosine extends number | null>(
  { id, number, kind, part, session_id, sequence, created_at }: Omit<FoundPassage, 'raw'>,
  { raw, cosine }: FoundBy<Cosine>,
) => ({
  kind,
  id,
  number,
  part,
  session_id,
  sequence,
  created_at,
  raw,
  cosine,
  importance: null,
  superseded_by: null,
});

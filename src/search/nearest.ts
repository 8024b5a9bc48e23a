import type { Reader } from '../store/store.js';
import { nearestPassing, passingVectors, type VectorSet } from '../store/vectors.js';
import type { Candidate } from './candidates.js';
import type { Family } from './families.js';
import { covering } from './frequencies.js';
import { type Compared, markOf, type Proposed } from './vector-cache.js';

export type Nearest = {
  readonly limit: number;
  /** How near a row must be, given the cosine of the nearest that passes. */
  readonly least: (best: number) => number;
  /** Rows that are known to pass, by number. */
  readonly known?: ReadonlyMap<number, Candidate>;
};

export type NearestQuery = Nearest & { readonly vector: Float32Array; readonly family: Family };

/** A row that passes, found by its vector. */
export type Near = Candidate & { readonly cosine: number };

/** Up to so many rows that pass, naming them all costs less than proposing others in vain. */
const FEW = 4000;
/** By how many more than the share of what passes asks for. */
const MORE = 1.2;
/** A scope that holds no more than one of so many is compared alone; so many rows are proposed in vain for one that passes. */
const SELECTIVE = 10;

export type InMemory = Omit<NearestQuery, 'vector'> & { readonly compared: Compared };

/**
 * The nearest rows that pass a filter, nearest first: exactly those that comparing every row would give. What was
 * compared in memory, in a narrow scope of which `atMost` is an upper bound its rows alone, proposes what is near enough
 * if the nearest passes; when too few pass, their share says whether to look further down or at the passing rows alone.
 */
export async function nearest(
  reader: Reader,
  set: VectorSet,
  { atMost, ...query }: InMemory & { readonly atMost: number },
): Promise<Near[]> {
  const { limit, least, compared } = query;
  const narrow = atMost <= compared.count / SELECTIVE;
  const among = narrow ? compared.within(await query.family.scopes(reader)) : compared;
  const rows: Near[] = [];
  const read = new Set<number>();
  let lowest = least(among.best());
  for (let asked = limit; ; ) {
    const proposed = among.nearest(asked, lowest);
    const unread = proposed.filter(({ vector }) => !read.has(vector));
    for (const { vector } of unread) read.add(vector);
    rows.push(...(await rowsOf(reader, unread, query)));
    const near = least(rows.reduce((most, { cosine }) => Math.max(most, cosine), -1));
    const exhausted = (proposed.length < asked && lowest <= near) || proposed.length >= among.count;
    if (exhausted || rows.length >= limit) return nearEnough(rows, query);
    const share = Math.max(1, rows.length) / read.size;
    if (share * SELECTIVE <= 1 && share * among.count <= FEW) return nearestListed(reader, set, query);
    lowest = near;
    asked = Math.max(asked * 2, Math.ceil((limit / share) * MORE));
  }
}

/** The same, where the database names each row that passes. */
async function nearestListed(reader: Reader, set: VectorSet, query: InMemory): Promise<Near[]> {
  const { family, compared } = query;
  const passing = await passingVectors(reader, set, family.passes(reader.namespace));
  const near = passing.flatMap(id => {
    const cosine = compared.cosine(id);
    return cosine === undefined ? [] : { number: id, cosine };
  });
  const ids = nearEnough(near, query).map(({ number }) => number);
  return nearEnough(await family.ofVectors(reader, { set, ids }, id => compared.cosine(id) ?? 0), query);
}

/** The same, where the database compares each row that passes. */
export async function nearestByComparing(
  reader: Reader,
  set: VectorSet,
  { vector, family, ...query }: NearestQuery,
): Promise<Near[]> {
  const among = {
    vector,
    passes: family.passes(reader.namespace),
    covered: await covering(reader, family),
    limit: query.limit,
  };
  const near = nearEnough(await nearestPassing(reader, set, among), query);
  const cosines = new Map(near.map(({ number, cosine }) => [number, cosine]));
  const rows = await family.among(reader, [...cosines.keys()]);
  return nearEnough(
    rows.map(row => ({ ...row, cosine: cosines.get(row.number) ?? 0 })),
    query,
  );
}

/** By their numbers, without a look at the vectors: these go with their rows only. What is known is not read again. */
async function rowsOf(
  reader: Reader,
  proposed: readonly Proposed[],
  { family, known }: InMemory,
): Promise<Near[]> {
  const rows: Near[] = [];
  const asked = new Map<number, Proposed>();
  for (const one of proposed) {
    const row = known?.get(one.number);
    if (!row) asked.set(one.number, one);
    else if (markOf(row.id) === one.mark) rows.push({ ...row, cosine: one.cosine });
  }
  if (asked.size === 0) return rows;
  const read = await family.near(reader, [...asked.keys()], ({ number, id }) => {
    const one = asked.get(number);
    return one?.mark === markOf(id) ? one.cosine : undefined;
  });
  return [...rows, ...read];
}

type Placed = { readonly number: number; readonly cosine: number };

export function nearEnough<Row extends Placed>(rows: readonly Row[], { limit, least }: Nearest): Row[] {
  const sorted = rows.toSorted((left, right) => right.cosine - left.cosine || left.number - right.number);
  const lowest = least(sorted[0]?.cosine ?? -1);
  return sorted.slice(0, limit).filter(({ cosine }) => cosine >= lowest);
}

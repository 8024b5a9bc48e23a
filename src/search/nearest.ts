import type { Reader } from '../store/store.js';
import { nearestPassing, type VectorSet } from '../store/vectors.js';
import type { Candidate } from './candidates.js';
import type { Family } from './families.js';
import type { Compared } from './vector-cache.js';

export type NearestQuery = {
  readonly vector: Float32Array;
  readonly family: Family;
  readonly limit: number;
};

/** A row that passes, found by its vector. */
export type Near = Candidate & { readonly cosine: number };

/** Up to so many rows that pass, the database compares them one by one faster than the cache proposes others in vain. */
const FEW = 4000;
/** How many times `limit` are proposed at first. */
const FIRST = 1.1;

/**
 * The nearest rows that pass a filter, nearest first: exactly those that comparing every row would give. What was
 * compared in memory proposes the nearest of all; when too few of them pass, their share says whether to look further
 * down or at the passing rows alone.
 */
export async function nearest(
  reader: Reader,
  set: VectorSet,
  { compared, ...query }: NearestQuery & { readonly compared: Compared },
): Promise<Near[]> {
  const { family, limit } = query;
  for (let asked = Math.ceil(limit * FIRST); ; ) {
    const ids = compared.nearest(asked);
    const rows = await family.ofVectors(reader, { set, ids }, id => compared.cosine(id) ?? 0);
    if (rows.length >= limit || ids.length >= compared.count) return nearestFirst(rows).slice(0, limit);
    const share = rows.length / ids.length;
    if (share * compared.count <= FEW) return nearestByComparing(reader, set, query);
    asked = Math.max(asked * 2, Math.ceil((limit / share) * 1.5));
  }
}

/** The same, where the database compares each row that passes. */
export async function nearestByComparing(
  reader: Reader,
  set: VectorSet,
  { vector, family, limit }: NearestQuery,
): Promise<Near[]> {
  const near = await nearestPassing(reader, set, { vector, limit, passes: family.passes(reader.namespace) });
  const cosines = new Map(near.map(({ number, cosine }) => [number, cosine]));
  const rows = await family.among(reader, [...cosines.keys()]);
  return nearestFirst(rows.map(row => ({ ...row, cosine: cosines.get(row.number) ?? 0 })));
}

const nearestFirst = (rows: Near[]): Near[] =>
  rows.sort((left, right) => right.cosine - left.cosine || left.number - right.number);

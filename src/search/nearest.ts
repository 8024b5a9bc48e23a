import type { Sql } from '../store/sql.js';
import type { Reader } from '../store/store.js';
import { type Near, nearestOf, nearestPassing, type VectorSet } from '../store/vectors.js';
import type { VectorCache } from './vector-cache.js';

export type NearestQuery = {
  readonly vector: Float32Array;
  readonly passes: Sql;
  readonly limit: number;
  /** Without one, or before it is complete, the database compares. */
  readonly cache?: VectorCache | undefined;
};

/** Up to so many rows that pass, the database compares them one by one faster than the cache proposes others in vain. */
const FEW = 4000;
/** How many times `limit` are proposed at first. */
const FIRST = 1.25;

/**
 * The nearest rows that pass a filter: exactly those that comparing every row would give. The cache proposes the nearest
 * of all; when too few of them pass, their share says whether to look further down or at the passing rows alone.
 */
export async function nearest(reader: Reader, set: VectorSet, query: NearestQuery): Promise<Near[]> {
  const { cache, vector, limit } = query;
  await cache?.advance(reader, set);
  if (!cache?.complete) return nearestPassing(reader, set, query);
  for (let asked = Math.ceil(limit * FIRST); ; ) {
    const ids = cache.nearest(vector, asked);
    const found = await nearestOf(reader, set, { ...query, ids });
    if (found.length >= limit || ids.length >= cache.count) return found;
    const share = found.length / ids.length;
    if (share * cache.count <= FEW) return nearestPassing(reader, set, query);
    asked = Math.max(asked * 2, Math.ceil((limit / share) * 1.5));
  }
}

import { type Features, sumOf } from './features.js';

/** What says how relevant a candidate is: its features, else how well the words match; null where they do not. */
export type Evidence = { readonly raw: number | null; readonly features?: Features };

export type Relevance = Features & { readonly relevance: number };

/** How relevant each candidate is, min-max normalised among all (1 when all are equal), and what that was made of. */
export function relevanceOf(candidates: readonly Evidence[]): Relevance[] {
  const sums = candidates.map(({ raw, features }) => (features ? sumOf(features) : (raw ?? 0)));
  const low = sums.reduce((least, sum) => Math.min(least, sum), Number.POSITIVE_INFINITY);
  const high = sums.reduce((most, sum) => Math.max(most, sum), Number.NEGATIVE_INFINITY);
  return candidates.map(({ features }, at) => ({
    ...features,
    relevance: high === low ? 1 : ((sums[at] ?? low) - low) / (high - low),
  }));
}

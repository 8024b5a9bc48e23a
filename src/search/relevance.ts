/** What says how relevant a candidate is; null where one of them does not know it. */
export type Evidence = { readonly raw: number | null; readonly cosine?: number | null };

export type Relevance = {
  readonly relevance: number;
  readonly lexical?: number;
  readonly semantic?: number;
};

/**
 * How relevant each candidate is, 0 to 1: the scores of words and of meaning, each min-max normalised among all (1 when
 * all are equal, 0 for what has none), and their weighted sum where both were asked. On LoCoMo better than reciprocal
 * ranks.
 */
export function relevanceOf(
  candidates: readonly Evidence[],
  { semanticWeight }: { readonly semanticWeight: number },
): Relevance[] {
  const words = normalised(candidates.map(({ raw }) => raw));
  const meaning = normalised(candidates.map(({ cosine = null }) => cosine));
  if (!meaning) return (words ?? []).map(relevance => ({ relevance }));
  if (!words) return meaning.map(relevance => ({ relevance }));
  return words.map((lexical, index) => {
    const semantic = meaning[index] ?? 0;
    return { relevance: (1 - semanticWeight) * lexical + semanticWeight * semantic, lexical, semantic };
  });
}

/** Undefined when there is nothing to normalise. */
function normalised(scores: readonly (number | null)[]): number[] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const score of scores) {
    if (score === null) continue;
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  if (low > high) return undefined;
  return scores.map(score => (score === null ? 0 : high === low ? 1 : (score - low) / (high - low)));
}

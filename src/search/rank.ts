/** What a score is made of, each 0 to 1. */
export type Parts = { readonly relevance: number; readonly importance: number; readonly recency: number };

export type Weights = {
  readonly relevanceWeight: number;
  readonly importanceWeight: number;
  readonly recencyWeight: number;
  readonly recencyDays: number;
};

export type Rankable = {
  readonly id: string;
  /** Higher is better; any scale. */
  readonly raw: number;
  readonly importance: number;
  /** Unix milliseconds. */
  readonly created_at: number;
  readonly superseded_by: string | null;
};

export type Ranked<T> = T & { readonly score: number; readonly parts: Parts };

const DAY = 86_400_000;

/**
 * Orders memories by `w1·relevance + w2·importance + w3·recency`, the formula of LLM Memory System v2.0 (.5/.3/.2):
 * relevance is the raw score min-max normalised among the candidates (1 when all are equal), recency falls
 * linearly to 0 at `recencyDays`. A superseded memory never stands above the one that replaced it.
 */
export function rank<T extends Rankable>(
  candidates: readonly T[],
  weights: Weights,
  now: number,
): Ranked<T>[] {
  const low = candidates.reduce((least, { raw }) => Math.min(least, raw), Number.POSITIVE_INFINITY);
  const high = candidates.reduce((most, { raw }) => Math.max(most, raw), Number.NEGATIVE_INFINITY);
  const scored = candidates.map(candidate => {
    const parts = {
      relevance: high === low ? 1 : (candidate.raw - low) / (high - low),
      importance: candidate.importance,
      recency: Math.min(1, Math.max(0, 1 - (now - candidate.created_at) / (weights.recencyDays * DAY))),
    };
    return { ...candidate, parts, score: weigh(parts, weights) };
  });
  return afterSuccessors(
    scored.sort((left, right) => right.score - left.score || (left.id < right.id ? 1 : -1)),
  );
}

const weigh = (parts: Parts, weights: Weights): number =>
  weights.relevanceWeight * parts.relevance +
  weights.importanceWeight * parts.importance +
  weights.recencyWeight * parts.recency;

/** Moves each superseded memory to just behind its successor where the successor ranks lower. */
function afterSuccessors<T extends Rankable & { score: number }>(ordered: readonly T[]): T[] {
  const byId = new Map(ordered.map(candidate => [candidate.id, candidate]));
  const placed: T[] = [];
  const done = new Set<string>();
  const place = (candidate: T): void => {
    if (done.has(candidate.id)) return;
    done.add(candidate.id);
    const successor = byId.get(candidate.superseded_by ?? '');
    if (successor) place(successor);
    const above = placed.at(-1);
    placed.push(
      successor && above ? { ...candidate, score: Math.min(candidate.score, above.score) } : candidate,
    );
  };
  for (const candidate of ordered) place(candidate);
  return placed;
}

import { DAY } from '../text/time.js';
import type { Features } from './features.js';
import { type Evidence, relevanceOf } from './relevance.js';

/** What a score is made of: relevance, 0 to 1, with what that is made of, and of a memory two more. */
export type Parts = Features & {
  readonly relevance: number;
  readonly importance?: number;
  readonly recency?: number;
};

export type Weights = {
  readonly relevanceWeight: number;
  readonly importanceWeight: number;
  readonly recencyWeight: number;
  readonly recencyDays: number;
};

export type Rankable = Evidence & {
  readonly id: string;
  /** How well the words match, higher is better, any scale; null where they were not what found it. */
  readonly raw: number | null;
  /** How near the meaning is, where that was asked; null for what has no vector yet. */
  readonly cosine?: number | null;
  /** Null where relevance alone decides. */
  readonly importance: number | null;
  /** Unix milliseconds. */
  readonly created_at: number;
  readonly superseded_by: string | null;
};

export type Ranked<T> = T & { readonly score: number; readonly parts: Parts };

/**
 * Orders memories by `w1·relevance + w2·importance + w3·recency`, the formula of LLM Memory System v2.0 (.5/.3/.2), and
 * what has no importance by relevance, see `relevanceOf`. Recency falls linearly to 0 at `recencyDays`. A superseded
 * memory never stands above the one that replaced it.
 */
export function rank<T extends Rankable>(
  candidates: readonly T[],
  weights: Weights,
  now: number,
): Ranked<T>[] {
  const relevances = relevanceOf(candidates);
  const scored = candidates.map((candidate, index) => {
    const relevant = relevances[index] ?? { relevance: 0 };
    const { importance, created_at } = candidate;
    if (importance === null) return { ...candidate, parts: relevant, score: relevant.relevance };
    const recency = Math.min(1, Math.max(0, 1 - (now - created_at) / (weights.recencyDays * DAY)));
    const parts = { ...relevant, importance, recency };
    return { ...candidate, parts, score: weigh(parts, weights) };
  });
  return behindSuccessors(scored);
}

const weigh = (
  parts: Required<Pick<Parts, 'relevance' | 'importance' | 'recency'>>,
  weights: Weights,
): number =>
  weights.relevanceWeight * parts.relevance +
  weights.importanceWeight * parts.importance +
  weights.recencyWeight * parts.recency;

/**
 * Orders by score, best first, where a replaced memory scores no more than what replaced it, over any number of
 * replacements: the old one moves down behind its successor, which stays where its own score puts it. Equal scores
 * stand in order of replacement, then the newer id first. A successor that is no candidate has no influence.
 */
function behindSuccessors<T extends Rankable & { readonly score: number }>(scored: readonly T[]): T[] {
  const places = placesOf(scored);
  return scored
    .map(candidate => ({
      candidate,
      place: places.get(candidate.id) ?? { score: candidate.score, steps: 0 },
    }))
    .sort(
      (left, right) =>
        right.place.score - left.place.score ||
        left.place.steps - right.place.steps ||
        (left.candidate.id < right.candidate.id ? 1 : -1),
    )
    .map(({ candidate, place }) =>
      place.score === candidate.score ? candidate : { ...candidate, score: place.score },
    );
}

/** `steps` counts the successors among the candidates. */
type Place = { readonly score: number; readonly steps: number };

function placesOf<T extends Rankable & { readonly score: number }>(scored: readonly T[]): Map<string, Place> {
  const byId = new Map(scored.map(candidate => [candidate.id, candidate]));
  const places = new Map<string, Place>();
  for (const candidate of scored) {
    // A loop, because a chain of replacements may be longer than the call stack. It ends where places are known.
    const chain = new Set<T>();
    for (let link: T | undefined = candidate; link && !places.has(link.id) && !chain.has(link); ) {
      chain.add(link);
      link = byId.get(link.superseded_by ?? '');
    }
    for (const { id, score, superseded_by } of [...chain].reverse()) {
      const next = places.get(superseded_by ?? '');
      places.set(
        id,
        next ? { score: Math.min(score, next.score), steps: next.steps + 1 } : { score, steps: 0 },
      );
    }
  }
  return places;
}

import { DAY } from '../text/time.js';
import { type Features, sumOf } from './features.js';
import { relevanceOf } from './relevance.js';

/** What a score is made of: relevance, 0 to 1, with what that is made of, and of a memory two more. */
export type Parts = Features & {
  readonly relevance: number;
  readonly importance?: number;
  readonly recency?: number;
  /** What all of it is multiplied by where the best hit says little of the query; omitted where that is 1. */
  readonly certainty?: number;
  /** What a reranker gave it, of its own scale. */
  readonly rerank?: number;
};

export type Weights = {
  readonly relevanceWeight: number;
  readonly importanceWeight: number;
  readonly recencyWeight: number;
  readonly recencyDays: number;
};

export type Rankable = {
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

/** Candidates that are ranked together. */
export type Block<T extends Rankable> = {
  readonly candidates: readonly T[];
  /** Of each, whose sum says how relevant it is; omitted where the words alone do. */
  readonly features?: readonly Features[];
  /** How sure the best of them is, 0 to 1; it lowers all scores alike, so that none changes places. */
  readonly certainty?: number;
};

export type Ranked<T> = T & { readonly score: number; readonly parts: Parts };

/** Where a candidate stands, short of what only those that are shown need. */
export type Placed<T extends Rankable> = {
  readonly candidate: T;
  readonly features: Features | undefined;
  readonly relevance: number;
  readonly certainty: number;
  readonly score: number;
};

/**
 * Orders memories by `w1·relevance + w2·importance + w3·recency`, the formula of LLM Memory System v2.0 (.5/.3/.2), and
 * what has no importance by relevance, see `relevanceOf`; both times how certain the block is. Recency falls linearly to 0 at `recencyDays`. A superseded
 * memory never stands above the one that replaced it.
 */
export function order<T extends Rankable>(
  { candidates, features, certainty = 1 }: Block<T>,
  weights: Weights,
  now: number,
): Placed<T>[] {
  const own = (at: number): Features | undefined => features?.[at];
  const relevances = relevanceOf(
    candidates.map(({ raw }, at) => (features ? sumOf(own(at) ?? {}) : (raw ?? 0))),
  );
  const scored = candidates.map((candidate, at): Placed<T> => {
    const relevance = relevances[at] ?? 0;
    return {
      candidate,
      features: own(at),
      relevance,
      certainty,
      score: certainty * scoreOf(candidate, relevance, { weights, now }),
    };
  });
  return behindSuccessors(scored);
}

/** Ordered, with what each score is made of. */
export const rank = <T extends Rankable>(block: Block<T>, weights: Weights, now: number): Ranked<T>[] =>
  order(block, weights, now).map(placed => explained(placed, weights, now));

/** A candidate with its score and what that is made of. A key that follows a spread takes V8 a microsecond, hence this order. */
export function explained<T extends Rankable>(
  { candidate, features, relevance, certainty, score }: Placed<T>,
  weights: Weights,
  now: number,
): Ranked<T> {
  const { importance } = candidate;
  const recency = recencyOf(candidate, weights, now);
  const parts = Object.assign(
    { ...features },
    importance === null ? { relevance } : { relevance, importance, recency },
    certainty < 1 ? { certainty } : {},
  );
  return { parts, score, ...candidate };
}

type Scoring = { readonly weights: Weights; readonly now: number };

function scoreOf(candidate: Rankable, relevance: number, { weights, now }: Scoring): number {
  if (candidate.importance === null) return relevance;
  return (
    weights.relevanceWeight * relevance +
    weights.importanceWeight * candidate.importance +
    weights.recencyWeight * recencyOf(candidate, weights, now)
  );
}

const recencyOf = ({ created_at }: Rankable, { recencyDays }: Weights, now: number): number =>
  Math.min(1, Math.max(0, 1 - (now - created_at) / (recencyDays * DAY)));

/**
 * Orders by score, best first, where a replaced memory scores no more than what replaced it, over any number of
 * replacements: the old one moves down behind its successor, which stays where its own score puts it. Equal scores
 * stand in order of replacement, then the newer id first. A successor that is no candidate has no influence.
 */
function behindSuccessors<T extends Rankable>(scored: readonly Placed<T>[]): Placed<T>[] {
  const places = placesOf(scored);
  return scored
    .map(placed => {
      const { score, steps } = places.get(placed.candidate.id) ?? { score: placed.score, steps: 0 };
      return { placed, score, steps };
    })
    .sort(
      (left, right) =>
        right.score - left.score ||
        left.steps - right.steps ||
        (left.placed.candidate.id < right.placed.candidate.id ? 1 : -1),
    )
    .map(({ placed, score }) => (score === placed.score ? placed : { ...placed, score }));
}

/** `steps` counts the successors among the candidates. */
type Place = { readonly score: number; readonly steps: number };

function placesOf<T extends Rankable>(scored: readonly Placed<T>[]): Map<string, Place> {
  const places = new Map<string, Place>();
  if (scored.every(({ candidate }) => candidate.superseded_by === null)) return places;
  const byId = new Map(scored.map(placed => [placed.candidate.id, placed]));
  for (const placed of scored) {
    // A loop, because a chain of replacements may be longer than the call stack. It ends where places are known.
    const chain = new Set<Placed<T>>();
    for (
      let link: Placed<T> | undefined = placed;
      link && !places.has(link.candidate.id) && !chain.has(link);
    ) {
      chain.add(link);
      link = byId.get(link.candidate.superseded_by ?? '');
    }
    for (const { candidate, score } of [...chain].reverse()) {
      const next = places.get(candidate.superseded_by ?? '');
      places.set(
        candidate.id,
        next ? { score: Math.min(score, next.score), steps: next.steps + 1 } : { score, steps: 0 },
      );
    }
  }
  return places;
}

import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Reranker } from '../models/reranker.js';
import { cutToTokens } from '../text/estimate.js';
import { deadline } from './deadline.js';
import type { Shown } from './hit.js';
import type { RankedCandidate } from './show.js';

/** A reranker with how many hits it is given and how long it may take. */
export type Rerank = {
  readonly reranker: Reranker;
  readonly options: Pick<Options, 'rerankCandidates' | 'rerankTimeoutMs'>;
};

type Window = { readonly from: number; readonly to: number };
type Found = { readonly ranked: RankedCandidate; readonly shown: Shown };

/** Estimated tokens of a query or a text that are sent: models read little more, and some refuse more. */
const MOST_TOKENS = 1000;

/**
 * The hits a page needs, counted from the first: all that are reranked where it shows one of them, so that every page
 * cuts the same order. An empty query has nothing to be read beside.
 */
export const reaching = (rerank: Rerank | undefined, query: string, { from, to }: Window): Window =>
  isReranked(rerank, query, from)
    ? { from: 0, to: Math.max(to, rerank.options.rerankCandidates) }
    : { from, to };

const isReranked = (rerank: Rerank | undefined, query: string, from: number): rerank is Rerank =>
  rerank !== undefined && query.trim() !== '' && from < rerank.options.rerankCandidates;

/** The page's hits out of those that `reaching` told to find, the first of all in the reranker's order if it gives one. */
export async function reranked<T extends Found>(
  rerank: Rerank | undefined,
  { query, hits, page }: { readonly query: string; readonly hits: readonly T[]; readonly page: Window },
): Promise<{ readonly hits: readonly T[]; readonly note?: string }> {
  if (!isReranked(rerank, query, page.from)) return { hits };
  const first = hits.slice(0, rerank.options.rerankCandidates);
  const answer = first.length > 1 ? await scoresOf(rerank, query, first) : { scores: [] };
  if ('missing' in answer)
    return { hits: hits.slice(page.from, page.to), note: `Not reranked: ${answer.missing}.` };
  const all = [...byScore(first, answer.scores), ...hits.slice(first.length)];
  return { hits: all.slice(page.from, page.to) };
}

type Answer = { readonly scores: readonly number[] } | { readonly missing: string };

/** Whatever goes wrong, the search has an order already. */
async function scoresOf(
  { reranker, options: { rerankTimeoutMs } }: Rerank,
  query: string,
  hits: readonly Found[],
): Promise<Answer> {
  const texts = hits.map(({ shown }) => cutToTokens(shown.text, MOST_TOKENS));
  const late = deadline(rerankTimeoutMs);
  try {
    const asked = { query: cutToTokens(query, MOST_TOKENS), texts, signal: late.signal };
    const scores = await Promise.race([reranker.rerank(asked), late.passed]);
    const sound = scores.length === texts.length && scores.every(Number.isFinite);
    return sound ? { scores } : { missing: 'the reranker did not give each text one score' };
  } catch (error) {
    if (late.signal.aborted) return { missing: `no answer within ${rerankTimeoutMs} ms` };
    // What else a caller's own reranker throws may hold what it was given.
    return {
      missing: error instanceof EngineError ? error.message.replace(/\.$/, '') : 'the reranker failed',
    };
  } finally {
    late.cancel();
  }
}

/**
 * Best score first, equal ones as they were. What was replaced scores no more than what replaced it, which stands before
 * it already, see `rank`, so that it stays behind.
 */
function byScore<T extends Found>(hits: readonly T[], scores: readonly number[]): T[] {
  const most = new Map<string, number>();
  const scored = hits.map((hit, at) => {
    const { id, superseded_by, parts } = hit.ranked;
    const rerank = scores[at] ?? 0;
    const score = Math.min(rerank, most.get(superseded_by ?? '') ?? rerank);
    most.set(id, score);
    return { ...hit, ranked: { ...hit.ranked, score, parts: { ...parts, rerank } } };
  });
  return scored.sort((left, right) => right.ranked.score - left.ranked.score);
}

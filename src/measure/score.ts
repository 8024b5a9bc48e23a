import type { Question } from './corpus.js';

/** What a search answered to one question: ids of the corpus, best first. */
export type Answer = {
  readonly question: Question;
  readonly found: readonly string[];
  readonly milliseconds: number;
};

/** Means over questions; shares lie between 0 and 1. */
export type Figures = {
  readonly questions: number;
  readonly recall_5: number;
  readonly recall_10: number;
  readonly recall_20: number;
  /** Mean of 1 / the place of the first evidence, 0 where there is none. */
  readonly mrr: number;
  /** Share of questions with evidence in the first place. */
  readonly first: number;
  /** Questions where what the evidence replaced stands above it, or without it. */
  readonly stale_above: number;
  readonly p50_ms: number;
};

/** How many hits the figures look at. */
export const DEEPEST = 20;

/**
 * Figures of each category, in the order met, and of all answers.
 * R@k = mean over questions of |evidence ∩ first k| / |evidence|.
 */
export function figuresByCategory(answers: readonly Answer[]): Record<string, Figures> {
  const categories = new Map<string, Answer[]>();
  for (const answer of answers) {
    const { category } = answer.question;
    categories.set(category, [...(categories.get(category) ?? []), answer]);
  }
  categories.delete('all');
  return Object.fromEntries(
    [...categories, ['all', answers] as const].map(([name, some]) => [name, figures(some)]),
  );
}

function figures(answers: readonly Answer[]): Figures {
  const mean = (of: (answer: Answer) => number) => share(sum(answers.map(of)), answers.length);
  return {
    questions: answers.length,
    recall_5: mean(answer => recallAt(answer, 5)),
    recall_10: mean(answer => recallAt(answer, 10)),
    recall_20: mean(answer => recallAt(answer, DEEPEST)),
    mrr: mean(answer => (placeOf(answer) === -1 ? 0 : 1 / (placeOf(answer) + 1))),
    first: mean(answer => Number(placeOf(answer) === 0)),
    stale_above: answers.filter(staleAbove).length,
    p50_ms: round(middle(answers.map(({ milliseconds }) => milliseconds))),
  };
}

function recallAt({ question, found }: Answer, depth: number): number {
  const evidence = new Set(question.evidence);
  return found.slice(0, depth).filter(id => evidence.has(id)).length / evidence.size;
}

const placeOf = ({ question, found }: Answer): number =>
  found.findIndex(id => question.evidence.includes(id));

function staleAbove(answer: Answer): boolean {
  const place = placeOf(answer);
  const above = place === -1 ? answer.found : answer.found.slice(0, place);
  return above.some(id => answer.question.stale.includes(id));
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const share = (part: number, whole: number): number => (whole === 0 ? 0 : round(part / whole));
const round = (value: number): number => Math.round(value * 1000) / 1000;
const middle = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

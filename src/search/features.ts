import type { HitKind } from '../schema/hit-kind.js';
import { analyse, isStopWord } from '../text/analyse.js';
import { isPaired } from '../text/paired.js';
import { closeness, type Period, periodsIn } from './temporal.js';
import { CERTAIN, type FeatureWeights, type Nearby, SAID, SAME, SURE, WEIGHTS } from './weights.js';

/** What there is to rank a hit by. Everything but the kind may be unknown. */
export type Signals = {
  readonly kind: HitKind;
  /** Larger is better; undefined where the words did not find it. */
  readonly bm25?: number | undefined;
  /** Undefined where the vectors did not find it. */
  readonly cosine?: number | undefined;
  readonly session?: string | undefined;
  readonly sequence?: number | undefined;
  /** Who said it. */
  readonly name?: string | undefined;
  /** What a message says, as it is. Without it nothing is known of its form. */
  readonly text?: string | undefined;
  /** When it was said or stored. Unix milliseconds. */
  readonly at: number;
};

/** What there is to know of a query before any hit. */
export type Question = {
  readonly tokens: ReadonlySet<string>;
  readonly asksWhen: boolean;
  readonly periods: readonly Period[];
  /** The BM25 of an average row that holds every term of the query once: the sum of their inverse frequencies. */
  readonly best: { readonly memory: number; readonly passage: number };
  /** Share of vectors, where both found something; the rest is that of words. */
  readonly semanticWeight: number;
  readonly weights: FeatureWeights;
};

/** What a hit's relevance is the sum of, see `sumOf`; what tells nothing apart is left out. */
export type Features = Partial<Record<Feature, number>>;
type Feature =
  | 'lexical'
  | 'semantic'
  | 'session'
  | 'speaker'
  | 'asks'
  | 'answers'
  | 'short'
  | 'timeless'
  | 'period';

type Shares = { readonly lexical: number; readonly semantic: number };

type Given = Pick<Question, 'best' | 'semanticWeight'> & {
  readonly now: number;
  readonly around?: Period;
  readonly weights?: FeatureWeights | undefined;
};

export function question(query: string, { now, around, weights = WEIGHTS, ...rest }: Given): Question {
  const tokens = new Set(analyse(query));
  const periods = [...periodsIn(query, now), ...(around ? [around] : [])];
  return { weights, tokens, asksWhen: WHEN.test(query), periods, ...rest };
}

/**
 * The features of each candidate, in their order. Words and vectors add up to 1 for the best there could be; what makes
 * a message less likely to be an answer is taken off, so that other kinds compare with the best of messages.
 */
export function features(candidates: readonly Signals[], asked: Question): Features[] {
  const { weights } = asked;
  const beside = candidates.some(isMessage) ? messagesBeside(candidates) : undefined;
  const lexical = withNearby(worded(candidates, asked), weights.lexicalNearby, { beside });
  const semantic = similar(candidates);
  const shares = sharesOf(candidates, asked);
  const both = candidates.map(
    (_, at): Features => fused({ lexical: lexical[at] ?? 0, semantic: semantic[at] ?? 0 }, shares),
  );
  if (!beside && asked.periods.length === 0) return both;
  const sums = both.map(sumOf);
  const sessions = bestOf(candidates, sums);
  const top = Math.max(0, ...sums);
  const named = mentioned(candidates, asked.tokens);
  return candidates.map((candidate, at) =>
    Object.assign(
      { ...both[at] },
      nonZero({
        session: weights.session * ((sessions.get(candidate.session ?? '') ?? top) - top),
        speaker: named && !named.has(candidate.name ?? '') && isMessage(candidate) ? -weights.speaker : 0,
        ...formOf(candidate, { asked, before: candidates[beside?.(at, -1) ?? -1] }),
        period: outside(asked, candidate.at),
      }),
    ),
  );
}

/**
 * How sure the best of some candidates is, 0 to 1, by what its own words and vector say of the query: ranking alone
 * makes the best of what has nothing to do with it look like an answer.
 */
export function certaintyOf(candidates: readonly Signals[], { best, semanticWeight }: Question): number {
  const says = candidates.map(({ kind, bm25 = 0, cosine = 0 }) => {
    const whole = kind === 'memory' ? best.memory : best.passage * CERTAIN;
    const words = whole > 0 ? Math.min(1, bm25 / whole) : 0;
    return (1 - semanticWeight) * words + semanticWeight * sameness(cosine);
  });
  return Math.min(1, Math.max(0, ...says) / SURE);
}

/** Where only one of the two found anything, it counts for both. */
function sharesOf(candidates: readonly Signals[], { semanticWeight }: Question): Shares {
  const words = candidates.some(({ bm25 }) => bm25 !== undefined);
  const vectors = candidates.some(({ cosine }) => cosine !== undefined);
  const semantic = vectors ? (words ? semanticWeight : 1) : 0;
  return { lexical: words ? 1 - semantic : 0, semantic };
}

// Of each of 400 rows, and so neither of these makes more than it has to.
const fused = ({ lexical, semantic }: Shares, shares: Shares): Features => {
  if (shares.semantic === 0) return shares.lexical === 0 ? {} : { lexical: shares.lexical * lexical };
  if (shares.lexical === 0) return { semantic: shares.semantic * semantic };
  return { lexical: shares.lexical * lexical, semantic: shares.semantic * semantic };
};

/** Their sum. */
export const sumOf = ({
  lexical = 0,
  semantic = 0,
  session = 0,
  speaker = 0,
  asks = 0,
  answers = 0,
  short = 0,
  timeless = 0,
  period = 0,
}: Features): number => lexical + semantic + session + speaker + asks + answers + short + timeless + period;

const isMessage = ({ kind }: Signals): boolean => kind === 'message';

const WHEN = /\bwhen\b|\bhow long\b|\bwhat (?:day|date|month|year|time)\b/i;
const TIMED =
  /\b(?:yesterday|today|tomorrow|tonight|week(?:end)?s?|months?|years?|days?|ago|last|next|morning|evening|since|recently|spring|summer|autumn|fall|winter|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december|(?:19|20)\d\d)\b/i;
/** The natural logarithm of the words, of five letters, from which on a message is not short. */
const LONG = 4;

type Seen = { readonly asked: Question; readonly before: Signals | undefined };

function formOf({ kind, text }: Signals, { asked, before }: Seen): Features {
  if (kind !== 'message' || text === undefined) return {};
  const length = Math.min(1, Math.log1p(text.length / 5) / LONG);
  return {
    asks: /[?？]/.test(text) ? -asked.weights.asks : 0,
    answers: /[?？]\s*$/.test(before?.text ?? '') ? asked.weights.answers : 0,
    short: asked.weights.short * (length - 1),
    timeless: asked.asksWhen && !TIMED.test(text) ? -asked.weights.timeless : 0,
  };
}

function outside({ periods, weights }: Question, at: number): number {
  if (periods.length === 0) return 0;
  return weights.period * (Math.max(...periods.map(period => closeness(period, at))) - 1);
}

/**
 * How much of the query the words of a candidate say. A memory is one statement and says it alone: its BM25 as a share of
 * that of a row with every term, to a power, since half of the words is less than half of what was meant. What is said in
 * messages is spread over turns: a share of the best hit, as sure as that is.
 */
function worded(candidates: readonly Signals[], { best, tokens }: Question): number[] {
  const power = [...tokens].some(isPaired) ? SAID.pairs : SAID.words;
  const most = Math.max(0, ...candidates.map(one => (one.kind === 'memory' ? 0 : (one.bm25 ?? 0))));
  const sure = Math.min(1, most / ((best.passage || 1) * CERTAIN));
  return candidates.map(({ kind, bm25 = 0 }) => {
    if (kind === 'memory') return (bm25 / (best.memory || 1)) ** power;
    return most > 0 ? (bm25 / most) * sure : 0;
  });
}

/**
 * How near candidates are in meaning: of memories by `sameness`; of passages from the least to the greatest among them.
 */
function similar(candidates: readonly Signals[]): number[] {
  const known = candidates.flatMap(({ kind, cosine }) => (kind === 'memory' ? [] : (cosine ?? [])));
  const low = known.reduce((least, cosine) => Math.min(least, cosine), 1);
  const high = known.reduce((greatest, cosine) => Math.max(greatest, cosine), -1);
  return candidates.map(({ kind, cosine }) => {
    if (cosine === undefined) return 0;
    if (kind === 'memory') return sameness(cosine);
    return high > low ? (cosine - low) / (high - low) : 1;
  });
}

/** Only what is very near says the same; from there on, nearer is no more than so much nearer. */
const sameness = (cosine: number): number => {
  const share = Math.max(0, cosine / SAME);
  return Math.min(share ** 3, share);
};

/** The place among the candidates of the message some steps from the one at a place, in its session. */
type Beside = (at: number, steps: number) => number | undefined;

/** Each value with a share of those of the messages around it, and the greatest as before. */
function withNearby(
  values: readonly number[],
  weights: Nearby,
  { beside }: { readonly beside: Beside | undefined },
): readonly number[] {
  if (!beside) return values;
  const summed = values.map((value, at) =>
    weights.reduce((sum, [steps, weight]) => sum + weight * (values[beside(at, steps) ?? -1] ?? 0), value),
  );
  const reached = Math.max(0, ...summed);
  const highest = Math.max(0, ...values);
  return reached > 0 ? summed.map(value => (value * highest) / reached) : summed;
}

function messagesBeside(candidates: readonly Signals[]): Beside {
  const sessions = new Map<string, Map<number, number>>();
  for (const [at, { kind, session, sequence }] of candidates.entries()) {
    if (kind !== 'message' || session === undefined || sequence === undefined) continue;
    const places = sessions.get(session) ?? new Map<number, number>();
    sessions.set(session, places.set(sequence, at));
  }
  return (at, steps) => {
    const { session = '', sequence = Number.NaN } = candidates[at] ?? {};
    return sessions.get(session)?.get(sequence + steps);
  };
}

function bestOf(candidates: readonly Signals[], values: readonly number[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  for (const [at, candidate] of candidates.entries()) {
    if (!isMessage(candidate) || candidate.session === undefined) continue;
    best.set(candidate.session, Math.max(best.get(candidate.session) ?? 0, values[at] ?? 0));
  }
  return best;
}

/** The names among the candidates' that the query mentions; undefined where it mentions none or all of them. */
function mentioned(
  candidates: readonly Signals[],
  tokens: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const names = new Set(candidates.flatMap(({ name }) => name ?? []));
  const meant = new Set(
    [...names].filter(name => analyse(name).some(token => tokens.has(token) && !isStopWord(token))),
  );
  return meant.size > 0 && meant.size < names.size ? meant : undefined;
}

const nonZero = (parts: Features): Features =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== 0));

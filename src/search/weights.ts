/** Of a message some turns away, by how many. */
export type Nearby = readonly (readonly [steps: number, weight: number])[];

export type FeatureWeights = { readonly lexicalNearby: Nearby } & Readonly<
  Record<'session' | 'speaker' | 'asks' | 'answers' | 'short' | 'timeless' | 'period', number>
>;

/**
 * What each signal of a hit counts, where 1 is a hit that says all of the query. The figures are R@5/10/20 on the
 * development half of LoCoMo (five conversations, 1,018 questions) without the signal, beside .738/.834/.888 with all;
 * all of it and what was tried without gain: docs/decisions, "ranking".
 */
export const WEIGHTS: FeatureWeights = {
  /** What turns two away add to a message's words: first before, then after. Without: .724/.820/.875. */
  lexicalNearby: [
    [-2, 0.15],
    [2, 0.1],
  ],
  /** By how much the session's best falls short of the best of all. Without: .721/.806/.871. */
  session: 0.4,
  /** Said by somebody whom the query does not name, while it names another. Without: .719/.813/.870. */
  speaker: 0.14,
  /** A message that asks seldom answers. Without this and the next: .723/.819/.868. */
  asks: 0.1,
  /** A message after a question. */
  answers: 0.06,
  /** Short messages say little. Without: .733/.829/.876. */
  short: 0.16,
  /** No word of time, where the query asks when. Without: .740/.826/.880. */
  timeless: 0.12,
  /** Outside the time the query speaks of. Without: .726/.817/.868. */
  period: 0.4,
};

/**
 * The cosine from which on a memory is as good as one that says the query word for word. R@5 (first place) of the
 * project's own sets: .3 of the cubed cosine beside .7 of the words' share cjk 1.00, code 1.00, paraphrase .29, updates
 * .94; with min-max and certainty of words from .2 to .6 .88, 1.00, .27, .94; with the square at .7 .98, 1.00, .28, .95.
 * Beyond it in proportion: cubed without end, what is very near anyway would differ by more than all the words say. See 0044.
 */
export const SAME = 0.6;

/**
 * The power of a memory's share of the query's words. A question in other words still shares a word with what is about
 * something else. In pairs of characters most of any question is grammar that no memory holds, so its shares are small. R@5
 * (first place) of paraphrases .357 (.18), at 1 .286 (.11), of 230 others .55 and .47; code 1.00 (.97 and .985), CJK at 2 .94.
 */
export const SAID = { words: 2, pairs: 1 } as const;

/** Share of what a row with every term would have from which on words are sure of a passage. LoCoMo without: .733/.829/.883. */
export const CERTAIN = 0.5;

/**
 * Share of the nearest row's cosine from which on a row that holds none of the words is a hit. No figure changes from 0 to
 * .6 (R@5/10/20 of LoCoMo .752/.831/.889, of paraphrases .286/.371/.500); .7 takes .002 and .014 off the last.
 */
export const AS_NEAR = 0.6;

/**
 * What words and vector of the best hit say of the query from which on scores are whole: of questions with an answer 93 %
 * (LoCoMo), 98 % (code) and all (updates), of those asked of memories about something else 10 %. Docs/decisions, "how sure".
 */
export const SURE = 0.5;

/** Days after which a hit outside a period counts 1/e as near: what happened is told later more often than before. */
export const PERIOD_DAYS = { before: 7, after: 30 } as const;

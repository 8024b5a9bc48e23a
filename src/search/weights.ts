/**
 * What each signal of a hit counts, where 1 is a hit that says all of the query. The figures are R@5/10/20 on the
 * development half of LoCoMo (five conversations, 1,018 questions) without the signal, beside .738/.834/.888 with all;
 * all of it and what was tried without gain: docs/decisions, "ranking".
 */
export const WEIGHTS = {
  /** What turns two away add to a message's words: first before, then after. Without: .724/.820/.875. */
  lexicalNearby: [
    [-2, 0.15],
    [2, 0.1],
  ],
  /** A vector holds one turn alone; turns around it say what it is about. Without: -.01 R@5. */
  semanticNearby: [
    [-1, 0.5],
    [1, 0.3],
    [-2, 0.2],
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
} as const;

/**
 * How sure words are of the best hit: its BM25 as a share of what a row with every term once would have, below `least`
 * nothing, from `most` on all. A memory is one statement, so a single shared word says little: on 100 paraphrase pairs
 * without a content word in common R@1/5 .18/.70 by the rule for passages, .38/.78 by this, .58/.79 by vectors alone; from
 * .3 to .8 .51/.81, but fewer updates with the current fact first (.92 against .94). What a message says is spread over
 * turns: LoCoMo .733/.829/.883 without, .738/.834/.888 by its rule, .706/.802/.865 from .3 to .8.
 */
export const CERTAINTY = {
  memory: { least: 0.2, most: 0.6 },
  passage: { least: 0, most: 0.5 },
} as const;

/** Days after which a hit outside a period counts 1/e as near: what happened is told later more often than before. */
export const PERIOD_DAYS = { before: 7, after: 30 } as const;

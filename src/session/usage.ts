import { visibleTokens } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { together } from '../store/together.js';
import { tokenizerOf } from '../text/models.js';
import { type BudgetOptions, budgetOf } from './budget.js';
import { frontierOf, type Summary } from './frontier.js';

/** How full the context of a session is: summaries and the messages that are not under one. */
export type Usage = {
  readonly tokens: number;
  readonly usable: number;
  /** Of what is usable, to three digits. */
  readonly share: number;
  /** Counted for another tokenizer than the model's own, or for more than one. */
  readonly approximate?: true;
};

export async function usageOf(
  reader: Reader,
  { session, frontier }: { readonly session: StoredSession; readonly frontier: readonly Summary[] },
  options: BudgetOptions,
): Promise<Usage> {
  const sums = await visibleTokens(reader, session.id);
  return usageBy(sums, { session, frontier, options });
}

/** The same with the frontier, both of which are asked for at once. */
export async function fullnessOf(
  reader: Reader,
  session: StoredSession,
  options: BudgetOptions,
): Promise<{ readonly frontier: readonly Summary[]; readonly usage: Usage }> {
  const [frontier, sums] = await together([
    frontierOf(reader, session.id),
    visibleTokens(reader, session.id),
  ]);
  return { frontier, usage: usageBy(sums, { session, frontier, options }) };
}

type Counted = {
  readonly session: StoredSession;
  readonly frontier: readonly Summary[];
  readonly options: BudgetOptions;
};

function usageBy(
  sums: Awaited<ReturnType<typeof visibleTokens>>,
  { session, frontier, options }: Counted,
): Usage {
  const budget = budgetOf(options, session);
  const all = sums.reduce((sum, counted) => sum + counted.tokens, 0);
  const tokens = frontier.reduce((sum, node) => sum - node.covered_tokens + node.tokens, all);
  const exact = budget.factor === 1 && sums.every(({ tokenizer }) => tokenizer === tokenizerOf(budget));
  return {
    tokens,
    usable: budget.usable,
    share: Math.round((tokens / budget.usable) * 1000) / 1000,
    ...(!exact && { approximate: true }),
  };
}

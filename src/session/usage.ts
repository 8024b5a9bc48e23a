import { visibleTokens } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { tokenizerOf } from '../text/models.js';
import { type BudgetOptions, budgetOf } from './budget.js';

/** How full the context of a session is: the sum of what is not hidden, as long as nothing summarises it. */
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
  session: StoredSession,
  options: BudgetOptions,
): Promise<Usage> {
  const budget = budgetOf(options, session);
  const sums = await visibleTokens(reader, session.id);
  const tokens = sums.reduce((sum, counted) => sum + counted.tokens, 0);
  const exact = budget.factor === 1 && sums.every(({ tokenizer }) => tokenizer === tokenizerOf(budget));
  return {
    tokens,
    usable: budget.usable,
    share: Math.round((tokens / budget.usable) * 1000) / 1000,
    ...(!exact && { approximate: true }),
  };
}

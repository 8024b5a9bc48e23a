import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { SessionRow } from '../store/sessions.js';
import { type Model, modelNamed } from '../text/models.js';

/** What a context of a model may hold. `usable` = context_limit − max_output − min(20,000, 10 % of the limit). */
export type Budget = Model & { readonly usable: number };

export type BudgetOptions = Pick<Options, 'contextLimit' | 'maxOutput' | 'models'>;

export type Sized = Pick<SessionRow, 'model' | 'context_limit' | 'max_output'>;

/**
 * The budget of a session by what was said of its model: what was given beats the table of models, which beats the
 * configured defaults. An answer that nobody asked for and that would take over half of the limit takes a quarter.
 * Throws `invalid` when nothing is left for the context.
 */
export function budgetOf(options: BudgetOptions, { model, context_limit, max_output }: Sized): Budget {
  const known = modelNamed(model, {
    defaults: { context_limit: options.contextLimit, max_output: options.maxOutput },
    overrides: options.models ?? [],
  });
  const limit = context_limit ?? known.context_limit;
  const usual = known.max_output > limit / 2 ? Math.floor(limit / 4) : known.max_output;
  const reply = max_output ?? usual;
  const usable = limit - reply - Math.floor(Math.min(20_000, limit / 10));
  if (usable <= 0)
    throw new EngineError(
      'invalid',
      `A context_limit of ${limit} with a max_output of ${reply} leaves nothing for the conversation.`,
      'Give a context_limit above max_output and its own tenth together, or leave both out.',
    );
  return { ...known, context_limit: limit, max_output: reply, usable };
}

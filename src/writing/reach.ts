import type { Options } from '../config/options.js';
import { modelNamed } from '../text/models.js';

export type ReachOptions = Pick<Options, 'writerModel' | 'contextLimit' | 'maxOutput' | 'models'>;

/** Tokens the configured model can be given at once. The rest of its window is for what is asked, what it says, and miscounting. */
export function reachOf({ writerModel, contextLimit, maxOutput, models }: ReachOptions): number {
  const defaults = { context_limit: contextLimit, max_output: maxOutput };
  return Math.floor(modelNamed(writerModel, { defaults, overrides: models ?? [] }).context_limit * 0.6);
}

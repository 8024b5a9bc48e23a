import { EngineError } from '../errors.js';
import type { WorkingSet } from '../schema/working-set.js';
import { estimateTokens } from '../text/estimate.js';
import { canonicalJson } from '../text/hash.js';
import { evict, type Fit, type Fitting } from './evict.js';

export type Fitted = Exclude<Fit, { readonly tooLarge: unknown }>;

/** Evicts until the set fits. Throws `too_large`, naming what takes most room, when nothing that can go makes it fit. */
export function demandFit(set: WorkingSet, fitting: Fitting): Fitted {
  const fitted = evict(set, fitting);
  if (!('tooLarge' in fitted)) return fitted;
  const { tokens, item } = fitted.tooLarge;
  const limit = `ws_max_tokens is ${fitting.budget}`;
  if (item !== undefined)
    throw new EngineError(
      'too_large',
      `With sliding item ${JSON.stringify(item)} the working set would have ${tokens} tokens even without all other sliding items; ${limit}. Nothing was evicted.`,
      `Shorten the item${largest(set) && `, or make room in ${largest(set)}`}.`,
    );
  throw new EngineError(
    'too_large',
    `Without any sliding item the working set would have ${tokens} tokens; ${limit}. Nothing was evicted.`,
    `Shorten or remove from ${largest(set)}; keep long texts in files or memories and name them in artifact_refs.`,
  );
}

/** Ids never change, and a field as good as empty makes no room. */
const NO_ROOM_IN: readonly string[] = ['sliding_context', 'task_id', 'thread_id', 'run_id'];
const LEAST = 20;

const largest = (set: WorkingSet): string =>
  Object.entries(set)
    .filter(([field]) => !NO_ROOM_IN.includes(field))
    .map(([field, value]) => ({ field, tokens: estimateTokens(canonicalJson(value)) }))
    .filter(({ tokens }) => tokens >= LEAST)
    .sort((a, b) => b.tokens - a.tokens)
    .slice(0, 3)
    .map(({ field, tokens }) => `${field} (about ${tokens})`)
    .join(', ');

import type { SlidingItem, WorkingSet } from '../schema/working-set.js';
import { estimateTokens } from '../text/estimate.js';
import { canonicalJson } from '../text/hash.js';
import type { CountTokens } from '../text/tokens.js';

export type Fitting = {
  /** Tokens that the whole set may have, as RFC 8785 text. */
  readonly budget: number;
  readonly count: CountTokens;
  /** Ids of items that come in with this patch: each must fit beside what cannot be evicted. */
  readonly incoming: ReadonlySet<string>;
};

/** `evicted` in the order in which they went. `working_set` holds its sliding items most important first. */
export type Fit =
  | {
      readonly working_set: WorkingSet;
      readonly evicted: readonly SlidingItem[];
      readonly tokens: number;
    }
  | { readonly tooLarge: { readonly tokens: number; readonly item?: string } };

/**
 * Evicts sliding items, lowest priority first, then oldest, then by id, until the whole set fits. So a less important
 * item never outlives a more important one, whatever their sizes and the order they came in.
 */
export function evict(set: WorkingSet, { budget, count, incoming }: Fitting): Fit {
  const base = countBase(set, budget, count);
  if (base > budget) return { tooLarge: { tokens: base } };
  const size = (item: SlidingItem) => countItem(item, budget, count);
  const alone = (item: SlidingItem) => base + edges(1, count) + size(item);
  const unfit = set.sliding_context.find(item => incoming.has(item.id) && alone(item) > budget);
  if (unfit) return { tooLarge: { tokens: alone(unfit), item: unfit.id } };

  const ranked = byRank(set.sliding_context);
  let [kept, content, tokens] = [0, 0, base];
  for (const item of ranked) {
    content += size(item);
    const whole = base + edges(kept + 1, count) + content;
    if (whole > budget) break;
    kept += 1;
    tokens = whole;
  }
  return {
    working_set: { ...set, sliding_context: ranked.slice(0, kept) },
    evicted: ranked.slice(kept).reverse(),
    tokens,
  };
}

/** Most important first, as a working set holds them: what is evicted last. Timestamps are compared as instants. */
export const byRank = (items: readonly SlidingItem[]): SlidingItem[] => [...items].sort(byImportance);

function byImportance(a: SlidingItem, b: SlidingItem): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const later = Date.parse(b.timestamp) - Date.parse(a.timestamp);
  if (later !== 0) return later;
  return a.id < b.id ? 1 : -1;
}

/*
 * The encoding first splits text into runs of letters, digits and signs, and no token spans two runs. In RFC 8785 text
 * a sliding item begins with the letters of its first key and ends with a letter or digit of its timestamp; between
 * two of them stands one run of signs. So the tokens of the whole are exactly the sum of these parts, and an item's
 * share is counted once, not again with every patch.
 */

/** Tokens of the set without any sliding item. Text that is far too large is only estimated: others wait while it is counted. */
function countBase(set: WorkingSet, budget: number, count: CountTokens): number {
  return guarded(canonicalJson({ ...set, sliding_context: [] }), budget, count);
}

function countItem(item: SlidingItem, budget: number, count: CountTokens): number {
  return guarded(canonicalJson(item).slice('{"'.length, -'"}'.length), budget, count);
}

/** Measured on runs of single characters, the worst there is: an estimate is never above 12 times the truth. */
const SURELY = 16;

function guarded(text: string, budget: number, count: CountTokens): number {
  const estimate = estimateTokens(text);
  return estimate > SURELY * budget ? estimate : count(text);
}

/** What the brackets and commas around `items` sliding items add to an empty list. */
const edges = (items: number, count: CountTokens): number =>
  count('":[{"') + (items - 1) * count('"},{"') + count('"}],"') - count('":[],"');

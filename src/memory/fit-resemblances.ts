import { estimateTokens } from '../text/estimate.js';
import { fitting } from '../text/pack.js';
import type { Resemblance } from './look-alikes.js';

export type Fitted = {
  readonly shown: readonly Resemblance[];
  /** How many look-alikes and contradictions are left out. */
  readonly left: number;
};

/**
 * What a reply has room for, in estimated tokens, of what some changes resemble: first what they contradict, then what
 * they are like, each in the order of the changes.
 */
export function fitResemblances(found: readonly Resemblance[], budget: number): Fitted {
  const contradictions = found.flatMap((one, index) => one.contradictions.map(piece => ({ index, piece })));
  const lookalikes = found.flatMap((one, index) => one.lookalikes.map(piece => ({ index, piece })));
  const cost = ({ piece }: { readonly piece: object }): number => estimateTokens(JSON.stringify(piece));
  const fit = fitting<{ readonly piece: object }>([...contradictions, ...lookalikes], {
    budget,
    cost,
  }).length;
  const left = contradictions.length + lookalikes.length - fit;
  if (left === 0) return { shown: found, left };
  const against = contradictions.slice(0, fit);
  const alike = lookalikes.slice(0, Math.max(0, fit - contradictions.length));
  const shown = found.map((_, index) => ({
    lookalikes: alike.flatMap(one => (one.index === index ? one.piece : [])),
    contradictions: against.flatMap(one => (one.index === index ? one.piece : [])),
  }));
  return { shown, left };
}

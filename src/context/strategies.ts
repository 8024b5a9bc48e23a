import { type Unit, type Units, unitsOf } from './groups.js';
import {
  type Ground,
  mandatory,
  opening,
  type Plan,
  placesOf,
  summaryRoom,
  sumTokens,
  tooLarge,
} from './plan.js';

/**
 * The newest messages that fit beside the mandatory ones, whole groups only, stopping at the first that does not fit.
 * Dropping the oldest until the rest fits comes to the same messages, so truncate_oldest and recent_only are this.
 */
export function newestThatFit(ground: Ground): Plan {
  const { must, rest, free } = start(ground);
  const taken: Unit[] = [];
  let left = free;
  for (const unit of rest.toReversed()) {
    left -= unit.tokens;
    if (left < 0) break;
    taken.push(unit);
  }
  const all = () => [...must, ...taken];
  while (taken.length > 0 && sumTokens(all()) + opening(ground, all()) > ground.budget) taken.pop();
  return finish(ground, { shown: placesOf(all()), covered: [] });
}

/**
 * Covers the oldest messages by one summary, `chunkSize` at a time and whole groups only, until the rest fits beside the
 * room that summary may take. All of it is covered at once: a summary is never summarised again.
 */
export function summarizeOldest(ground: Ground, chunkSize: number): Plan {
  const { must, rest, free } = start(ground);
  const everything = [...must, ...rest];
  let left = sumTokens(rest);
  if (left <= free && left + sumTokens(must) + opening(ground, everything) <= ground.budget)
    return finish(ground, { shown: placesOf(everything), covered: [] });
  const room = summaryRoom(ground, ground.budget - free);
  const covered: Unit[] = [];
  let messages = 0;
  let chunk = 0;
  for (const unit of rest) {
    if (messages >= chunk && left <= free - room && covered.length > 0 && room > 0) break;
    if (messages >= chunk) chunk += chunkSize;
    covered.push(unit);
    messages += unit.members.length;
    left -= unit.tokens;
  }
  const hidden = new Set(covered);
  const shown = placesOf([...must, ...rest.filter(unit => !hidden.has(unit))]);
  return finish(ground, { shown, covered: placesOf(covered), room });
}

type Start = {
  readonly must: ReadonlySet<Unit>;
  /** Everything else, by the place of its newest message. */
  readonly rest: readonly Unit[];
  readonly free: number;
};

/** Throws `too_large` when what must be shown exceeds the budget alone. */
function start(ground: Ground): Start {
  const units: Units = unitsOf(ground.linked);
  const must = mandatory(ground.linked, units);
  const fixed = sumTokens(must);
  const free = ground.budget - fixed;
  if (free < opening(ground, must)) throw tooLarge(ground, must);
  const rest = units.all().filter(unit => !must.has(unit));
  return { must, rest: rest.sort((a, b) => a.last - b.last), free };
}

type Outcome = {
  readonly shown: readonly number[];
  readonly covered: readonly number[];
  readonly room?: number;
};

function finish({ linked }: Ground, { shown, covered, room }: Outcome): Plan {
  const kept = new Set([...shown, ...covered]);
  const dropped = linked.flatMap((_, place) => (kept.has(place) ? [] : [place]));
  const first = shown.find(place => linked[place]?.message.role !== 'system') ?? linked.length;
  return {
    shown,
    covered,
    dropped,
    summary: room === undefined ? undefined : { before: first, room },
    steps: 0,
  };
}

import { isUser } from '../session/own-words.js';
import { type Linked, type Unit, Units } from './groups.js';
import {
  firstSaid,
  type Ground,
  opening,
  opens,
  type Plan,
  placesOf,
  summaryRoom,
  sumTokens,
  tooLarge,
} from './plan.js';
import type { PruneStep } from './prune.js';

/**
 * Covers the oldest messages by one summary so that the rest fits. What is covered changes only in steps: the sequence
 * is replayed from its start, and when a message no longer fits, the tail is cut back to half of the free room. A longer
 * sequence repeats the steps of a shorter one, so between two steps what was shown before stays as it was. What stored
 * summaries cover is not shown from the start, unless a call and its result would be parted.
 */
export function lossless(
  ground: Ground,
  prunes: readonly PruneStep[],
  stored: ReadonlySet<number> = new Set(),
): Plan {
  const replay = new Replay(ground, prunes, stored);
  for (const linked of ground.linked) replay.append(linked);
  return replay.plan();
}

/** The state after each message; nothing in it depends on a later one. */
class Replay {
  readonly #ground: Ground;
  readonly #prunes: ReadonlyMap<number, PruneStep>;
  readonly #stored: ReadonlySet<number>;
  readonly #units = new Units();
  readonly #visible = new Set<Unit>();
  #length = 0;
  #shown = 0;
  #room = 0;
  #opening = 0;
  #steps = 0;
  #newestUser = -1;
  #firstSaid: number | undefined;
  #summaryBefore: number | undefined;
  #failure: ReadonlySet<Unit> | undefined;

  constructor(ground: Ground, prunes: readonly PruneStep[], stored: ReadonlySet<number>) {
    this.#ground = ground;
    this.#stored = stored;
    this.#prunes = new Map(prunes.map(step => [step.at, step]));
  }

  append(linked: Linked): void {
    const at = this.#length++;
    if (isUser(linked.message)) this.#newestUser = at;
    const { unit, joined } = this.#units.append(linked);
    if (this.#stored.has(at) && !joined.some(one => this.#visible.has(one))) return;
    const returned = joined.some(one => !this.#visible.has(one));
    for (const one of joined) this.#visible.delete(one);
    this.#visible.add(unit);
    this.#shown = returned ? sumTokens(this.#visible) : this.#shown + linked.message.tokens;
    this.#prune(at);
    this.#open(at, linked);
    this.#failure = undefined;
    if (returned || this.#shown + this.#room + this.#opening > this.#ground.budget) this.#step();
  }

  plan(): Plan {
    if (this.#failure) throw tooLarge(this.#ground, this.#failure);
    const shown = placesOf(this.#visible);
    const seen = new Set(shown);
    const covered = this.#ground.linked.flatMap((_, place) =>
      seen.has(place) || this.#stored.has(place) ? [] : [place],
    );
    const before = this.#summaryBefore;
    return {
      shown,
      covered,
      dropped: [],
      summary: before === undefined ? undefined : { before, room: this.#room },
      steps: this.#steps,
    };
  }

  #prune(at: number): void {
    let seen = false;
    for (const { place, by } of this.#prunes.get(at)?.shrunk ?? []) {
      const unit = this.#units.of(place);
      if (!unit) continue;
      unit.tokens -= by;
      if (!this.#visible.has(unit)) continue;
      this.#shown -= by;
      seen = true;
    }
    if (seen) this.#steps += 1;
  }

  /** While nothing is summarised, whoever speaks first decides whether an opener is needed. */
  #open(at: number, { message }: Linked): void {
    if (this.#firstSaid !== undefined || message.role === 'system') return;
    this.#firstSaid = at;
    if (this.#room === 0) this.#opening = opens(message) ? 0 : this.#ground.opener;
  }

  #step(): void {
    const { linked, budget } = this.#ground;
    this.#steps += 1;
    const must = this.#mandatory();
    const fixed = sumTokens(must);
    const lead = opening(this.#ground, must);
    this.#room = summaryRoom(this.#ground, fixed);
    this.#opening = this.#room > 0 ? 0 : lead;
    this.#failure = fixed + this.#opening > budget ? must : undefined;
    const free = this.#room > 0 ? budget - fixed - this.#room : 0;
    const kept = newestUnits(
      [...this.#visible].filter(unit => !must.has(unit)),
      free,
    );
    this.#visible.clear();
    for (const unit of [...must, ...kept]) this.#visible.add(unit);
    this.#shown = sumTokens(this.#visible);
    this.#firstSaid = firstSaid(linked, this.#visible);
    this.#summaryBefore = this.#firstSaid ?? this.#length;
  }

  #mandatory(): ReadonlySet<Unit> {
    const newest = this.#units.of(this.#newestUser);
    return new Set([...this.#visible].filter(unit => unit.system || unit === newest));
  }
}

/** The newest units that fill half of what is free, so that the next step is far; a single larger one if it fits at all. */
function newestUnits(units: readonly Unit[], free: number): Unit[] {
  const kept: Unit[] = [];
  let left = Math.floor(free / 2);
  for (const unit of units.toSorted((a, b) => b.last - a.last)) {
    if (unit.tokens > (kept.length === 0 ? free : left)) break;
    left -= unit.tokens;
    kept.push(unit);
  }
  return kept;
}

import { eventOwner } from '../ledger/seal.js';
import { namedBy } from '../ledger/verify.js';
import { TOUCHABLE, type Touchable } from '../store/copied-tables.js';
import type { EventWithBody } from '../store/events.js';

/** Whose rows may be others since some events. */
export type Touched = { readonly [Kind in Touchable]: Set<string | number> };

export const nothingTouched = (): Touched => ({
  bat: new Set(),
  mem: new Set(),
  run: new Set(),
  epi: new Set(),
  med: new Set(),
  ses: new Set(),
  msg: new Set(),
  sum: new Set(),
  blob: new Set(),
  imp: new Set(),
  owner: new Set(),
  scope: new Set(),
});

const IDS = /\b(bat|mem|run|epi|med|ses|msg|sum|blob|imp)_[0-9a-f]{32}/g;

/**
 * Adds what an event may have changed: everything it names. State is the fold of the ledger, so what it does not name, in
 * its body or by its stream, it did not change. What only quotes an id is looked at in vain.
 */
export function touchedBy(event: EventWithBody, touched: Touched): void {
  const { stream, sequence, content } = event;
  for (const [id, kind] of `${stream} ${content ?? ''}`.matchAll(IDS))
    if (isTouchable(kind)) touched[kind].add(id);
  const { purged, bodies } = namedBy(event);
  for (const owner of [eventOwner(stream, sequence), ...purged, ...Object.keys(bodies)])
    touched.owner.add(owner);
}

const isTouchable = (kind: string | undefined): kind is Touchable =>
  TOUCHABLE.some(touchable => touchable === kind);

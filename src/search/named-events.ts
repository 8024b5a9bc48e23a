import type { Reader } from '../store/store.js';
import { type Filter, familiesOf } from './families.js';
import { subjectTerms } from './match.js';
import { type Period, periodsIn } from './temporal.js';

/** An event that a query names to say when. */
export type NamedEvent = { readonly side: 'before' | 'after'; readonly terms: readonly string[] };

/** Something that has a name stands behind an article or an owner; what follows it in the sentence does not name it. */
const NAMED =
  /\b(?<side>before|until|after|since)\s+(?:the|our|my|your|his|her|its|their)\s+(?<name>[^?.!,;:\n]{1,120})/i;
const GOES_ON =
  /\b(?:that|which|who|when|where|and|or|but|did|do|was|were|is|are|had|has|we|they|you|i)\b.*/i;
const MOST_TERMS = 4;
/** Mentions looked at for the newest. */
const MENTIONS = 50;

/** "before the release", "after our migration to Postgres"; undefined for a date, and where there is none. */
export function eventIn(query: string, now: number): NamedEvent | undefined {
  const found = NAMED.exec(query);
  if (!found) return undefined;
  const { 0: phrase, groups: { side = '', name = '' } = {} } = found;
  if (periodsIn(phrase, now).length > 0) return undefined;
  const terms = subjectTerms(name.replace(GOES_ON, '')).slice(0, MOST_TERMS);
  if (terms.length === 0) return undefined;
  return { side: /before|until/i.test(side) ? 'before' : 'after', terms };
}

/** The time on an event's side of the newest row that holds all of its name; none where nothing does. */
export async function periodOf(
  reader: Reader,
  { side, terms }: NamedEvent,
  filter: Filter,
): Promise<Period | undefined> {
  let newest = Number.NEGATIVE_INFINITY;
  for (const family of familiesOf(filter)) {
    const { rows: mentions } = await family.find(
      reader,
      { need: 'all', terms, deferred: [], scopes: [] },
      { limit: MENTIONS },
    );
    for (const { created_at } of mentions) newest = Math.max(newest, created_at);
  }
  if (newest === Number.NEGATIVE_INFINITY) return undefined;
  return side === 'before'
    ? { from: Number.NEGATIVE_INFINITY, to: newest }
    : { from: newest, to: Number.POSITIVE_INFINITY };
}

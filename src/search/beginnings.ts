import type { Reader } from '../store/store.js';
import { together } from '../store/together.js';
import { wordsBeginning } from '../store/vocabulary.js';
import { stem } from '../text/analyse.js';
import { isPaired } from '../text/paired.js';
import { type Family, type Filter, familiesOf } from './families.js';
import { holding } from './frequencies.js';
import { subjectTerms } from './match.js';

/** A stem that is shorter begins too much. */
const SHORTEST = 4;
/** Words added for one that nobody holds. */
const MOST = 8;
/** Scope tokens and numbers are left out afterwards. */
const READ = 2 * MOST;

/**
 * A query with the words that begin with what no row holds: "Datenbank" finds "Datenbankverbindung", "auth" finds
 * "authentication". A word that any row holds is left as it is, so that hardly any query changes.
 */
export async function withBeginnings(reader: Reader, query: string, filter: Filter): Promise<string> {
  const terms = subjectTerms(query);
  if (!terms.some(isLong)) return query;
  const families = await together(familiesOf(filter).map(family => missingIn(reader, family, terms)));
  const asked = families.flatMap(one => one ?? []);
  const starts = terms.filter(term => isLong(term) && asked.every(({ missing }) => missing.has(term)));
  const found = await together(
    starts.flatMap(term =>
      asked.map(({ family }) => wordsBeginning(reader, family.name, { start: stem(term), limit: READ })),
    ),
  );
  const added = found.flatMap(words => words.filter(word => LETTERS.test(word)).slice(0, MOST));
  return added.length === 0 ? query : [query, ...new Set(added.flatMap(wordOf))].join(' ');
}

const LETTERS = /^\p{L}+$/u;

const isLong = (term: string): boolean =>
  LETTERS.test(term) && !isPaired(term) && stem(term).length >= SHORTEST;

type Missing = { readonly family: Family; readonly missing: ReadonlySet<string> };

/** Which terms no row holds; undefined where there are no rows. */
async function missingIn(
  reader: Reader,
  family: Family,
  terms: readonly string[],
): Promise<Missing | undefined> {
  if ((await family.rows(reader)) === 0) return undefined;
  const held = await holding(reader, family, terms);
  return { family, missing: new Set(terms.filter(term => held.get(term) === 0)) };
}

/** A word of a stem, since some stems have another stem: of "databas" it is "databa". */
const wordOf = (stemmed: string): string[] =>
  [stemmed, `${stemmed}e`, `${stemmed}s`].filter(word => stem(word) === stemmed).slice(0, 1);

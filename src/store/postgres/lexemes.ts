import { stem } from '../../text/analyse.js';
import { sha256 } from '../../text/hash.js';
import type { TextMatch } from '../memory-text.js';

/** A column of analysed text and what a word in it counts, in quarters. */
export type Weighed = { readonly text: string; readonly quarters: number };

/** What is searched for a row: lexemes, each with how often it stands there, and how many tokens there are in all. */
export type Lexemes = { readonly terms: string; readonly length: number };

/**
 * A tsvector, as text. Its positions say nothing of places: their number and labels are how often a word stands in
 * the row by weight, which `ts_rank_cd` adds up (`FREQUENCY` of bm25). Scope tokens are marked and have none.
 */
export function lexemes(namespace: string, columns: readonly Weighed[], scope: string): Lexemes {
  const shelf = shelfOf(namespace);
  const counts = new Map<string, number>();
  let length = 0;
  for (const { text, quarters } of columns)
    for (const token of tokensOf(text)) {
      const word = stem(token);
      counts.set(word, (counts.get(word) ?? 0) + quarters);
      length += 1;
    }
  const scopes = tokensOf(scope);
  const parts = scopes.map(token => quoted(shelf + SCOPE + token));
  const place = { next: 0, bytes: 0 };
  for (const [word, quarters] of counts) {
    if (place.bytes > LARGEST) break;
    parts.push(`${quoted(shelf + word)}:${positions(quarters, place)}`);
    place.bytes += Buffer.byteLength(word) + BESIDE_A_WORD;
  }
  return { terms: parts.join(' '), length: length + scopes.length };
}

/** How often a word stands in a row `t`, weighed: labels D, C, B and A count 64, 1/4, 1/2 and 1. */
export const FREQUENCY = { labels: '{1,0.00390625,0.0078125,0.015625}', unit: 64 } as const;

/** A query for rows of a namespace. Words are stemmed as FTS5's porter tokenizer does. */
export function tsquery(namespace: string, { need, terms, deferred, scopes }: TextMatch): string {
  const words =
    need === 'any'
      ? terms.map(term => lexeme(namespace, term)).join(' | ')
      : [...terms, ...deferred].map(term => lexeme(namespace, term)).join(' & ');
  if (scopes.length === 0) return words;
  const marked = scopes.map(token => quoted(shelfOf(namespace) + SCOPE + token));
  return `(${words}) & (${marked.join(' | ')})`;
}

/** What finds the rows that hold a term. */
export const lexeme = (namespace: string, term: string): string =>
  `${quoted(shelfOf(namespace) + stem(term))}${isStart(term) ? ':*' : ''}`;

/** A lone character of a script indexed in pairs stands in the index only as the start of a pair. */
export const isStart = (term: string): boolean => /^[^ -~]$/u.test(term);

/** Stands before scope tokens: no analysed word begins with it. */
export const SCOPE = '~';
/** Characters of a lexeme that say whose it is. */
export const SHELF = 4;

/**
 * Lexemes begin with their namespace, so that what others store makes no list of rows longer. Two namespaces may share
 * a beginning: rows are told apart by their namespace, always.
 */
function shelfOf(namespace: string): string {
  const known = shelves.get(namespace);
  if (known !== undefined) return known;
  const shelf = sha256(namespace).slice(0, SHELF);
  if (shelves.size >= REMEMBERED) shelves.clear();
  shelves.set(namespace, shelf);
  return shelf;
}

const shelves = new Map<string, string>();
const REMEMBERED = 10_000;

/** A tsvector ends at 1 MB: of a text with more words than that the last are not found. */
const LARGEST = 900_000;
const BESIDE_A_WORD = SHELF + 8;
/** The highest position, and the most that one lexeme has. */
const HIGHEST = 16_383;
const MOST = 250;

/** Different ones for each word, as long as there are any, since those of words with the same beginning are added up. */
function positions(quarters: number, place: { next: number; bytes: number }): string {
  const labels = [
    'D'.repeat(Math.min(MOST - 65, Math.floor(quarters / 256))),
    'A'.repeat(Math.floor((quarters % 256) / 4)),
    quarters % 4 >= 2 ? 'B' : '',
    quarters % 2 === 1 ? 'C' : '',
  ].join('');
  place.bytes += 2 * labels.length;
  return Array.from(labels, label => {
    place.next = (place.next % HIGHEST) + 1;
    return `${place.next}${label}`;
  }).join(',');
}

const tokensOf = (text: string): readonly string[] => (text === '' ? [] : text.split(' '));

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

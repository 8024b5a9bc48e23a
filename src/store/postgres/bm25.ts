import { stem } from '../../text/analyse.js';
import { EVERY_ROW } from '../../text/scope-tokens.js';
import { literal } from '../literal.js';
import type { TextMatch } from '../memory-text.js';
import { anyOf, type Sql, sql } from '../sql.js';
import type { Reader } from '../store.js';
import { FREQUENCY, isStart, lexeme, SCOPE, tsquery } from './lexemes.js';

/** Where analysed texts are searched: rows have namespace, number, terms and length, and are of this namespace alone. */
export type TextTable = { readonly family: 'memory' | 'passage'; readonly rows: Sql };

/** A select of the rows that match, to be called `t`, and what each of them scores. */
export type Scored = { readonly rows: Sql; readonly raw: Sql };

/** Okapi BM25 as FTS5 computes it (https://sqlite.org/fts5.html#the_bm25_function). */
const K1 = 1.2;
const B = 0.75;
/** What FTS5 gives a term that is in more than half of the rows. */
const LEAST = 1e-6;

/**
 * BM25 in the database, since a question may match thousands of rows of which two hundred are wanted. Scores are
 * those of FTS5: the same counts of the namespace's own rows in the same formula.
 */
export async function scored(reader: Reader, table: TextTable, match: TextMatch): Promise<Scored> {
  const terms = [...match.terms, ...match.deferred];
  const held = await counts(reader, table, [EVERY, ALL, ...terms.map(stem)]);
  const rows = held.get(EVERY) ?? 0;
  const perRow = (held.get(ALL) ?? 0) / Math.max(1, rows) || 1;
  let raw = sql`0::float8`;
  for (const term of terms) {
    const count = isStart(term) ? await beginning(reader, table, term) : (held.get(stem(term)) ?? 0);
    if (count > 0) raw = sql`${raw} + ${share(reader, term, inverse(rows, count))}`;
  }
  return {
    raw,
    rows: sql`(select number, terms, ${K1}::float8 * (${1 - B}::float8 + ${B}::float8 * length / ${perRow}::float8) as k
      from ${table.rows} where ${holds(tsquery(reader.namespace, match))} offset 0)`,
  };
}

/** A condition on rows of a TextTable. Of the tables behind it no index of words would be used (see schema 8). */
export const holds = (query: string): Sql => sql`terms @@ ${query}::tsquery`;

/**
 * What the texts `t` belong to, each by its key. As a plain join a planner that has no statistics yet, as in the first
 * minute of a database, takes another index and walks all rows of the namespace for each of them.
 */
export const rowsOf = ({ namespace }: Reader, table: Sql): Sql =>
  sql`lateral (select * from ${table} r where r.namespace = ${namespace} and r.number = t.number offset 0)`;

/** How many rows hold each stemmed term, or scope token. */
export async function frequencies(
  reader: Reader,
  table: TextTable,
  terms: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const held = await counts(
    reader,
    table,
    terms.flatMap(term => [term, SCOPE + term]),
  );
  return new Map(terms.map(term => [term, (held.get(term) ?? 0) + (held.get(SCOPE + term) ?? 0)]));
}

/** How many rows hold words as they are counted: stemmed, or scope tokens with their mark. */
export async function counts(
  reader: Reader,
  { family }: TextTable,
  words: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await reader.all<{ word: string; rows: number }>(sql`
    select word, rows from text_word
    where namespace = ${reader.namespace} and family = ${family} and word in ${anyOf(words)}`);
  return new Map(found.map(({ word, rows }) => [word, rows]));
}

/** All words that are counted. */
export async function words(reader: Reader, { family }: TextTable): Promise<string[]> {
  const found = await reader.all<{ word: string }>(
    sql`select word from text_word where namespace = ${reader.namespace} and family = ${family}`,
  );
  return found.map(({ word }) => word);
}

/** What every row holds. */
export const EVERY = `${SCOPE}${EVERY_ROW}`;
/** The word under which all tokens of all rows are counted. */
const ALL = '';

const inverse = (rows: number, count: number): number =>
  Math.max(LEAST, Math.log((rows - count + 0.5) / (count + 0.5)));

/** f (k1 + 1) / (f + k), with the frequency written once because it costs most. */
const share = ({ namespace }: Reader, term: string, weight: number): Sql =>
  sql`${weight * (K1 + 1)}::float8 * (1 - t.k / (t.k + ${FREQUENCY.unit}::float8
    * ts_rank_cd(${literal(FREQUENCY.labels)}::float4[], t.terms, ${lexeme(namespace, term)}::tsquery)))`;

/** Of what begins with a character nobody keeps count. */
const beginning = (reader: Reader, table: TextTable, term: string): Promise<number> =>
  reader.count(sql`
    select count(*) as count from ${table.rows} where ${holds(lexeme(reader.namespace, term))}`);

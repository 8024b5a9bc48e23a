import { isStopWord, queryTerms } from '../text/analyse.js';
import { EVERY_ROW } from '../text/scope-tokens.js';

/** The words a query is about: without stop words, unless it has nothing else. */
export function subjectTerms(query: string): string[] {
  const terms = queryTerms(query);
  const subject = terms.filter(term => !isStopWord(term));
  return subject.length > 0 ? subject : terms;
}

export type Match = {
  /** Rows must hold at least one of these. */
  readonly terms: readonly string[];
  /** Terms so common that they only add to the score. */
  readonly deferred: readonly string[];
  /** Scope tokens of which a row must hold one; empty for any. */
  readonly scopes: readonly string[];
};

/** The columns of an index that hold text. */
export type Columns = '{own context}' | '{own before after}';

/** An FTS5 expression. Terms are analysed tokens, so nothing in them can be read as an operator inside the quotes. */
export function matchAny({ terms, deferred, scopes }: Match, columns: Columns): string {
  return [
    `(${columns} : (${disjunction(terms)}))`,
    ...(deferred.length > 0
      ? [`((${columns} : (${disjunction(deferred)})) OR (scope : "${EVERY_ROW}"))`]
      : []),
    ...inScopes(scopes),
  ].join(' AND ');
}

/** Like `matchAny` for rows that hold every term. */
export const matchAll = ({ terms, deferred, scopes }: Match, columns: Columns): string =>
  [...[...terms, ...deferred].map(term => `(${columns} : ${quoted(term)})`), ...inScopes(scopes)].join(
    ' AND ',
  );

const inScopes = (scopes: readonly string[]): string[] =>
  scopes.length > 0 ? [`(scope : (${disjunction(scopes)}))`] : [];

const disjunction = (terms: readonly string[]): string => terms.map(quoted).join(' OR ');

/** A lone character of a script indexed in pairs stands in the index only as the start of a pair. */
const quoted = (term: string): string => `"${term.replaceAll('"', '')}"${LONE.test(term) ? ' *' : ''}`;

const LONE = /^[^ -~]$/u;

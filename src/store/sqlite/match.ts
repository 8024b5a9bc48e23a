import { EVERY_ROW } from '../../text/scope-tokens.js';
import type { TextMatch } from '../memory-text.js';

/** The columns of an index that hold text. */
export type Columns = '{own context}' | '{own before after}';

/** An FTS5 expression. Terms are analysed tokens, so nothing in them can be read as an operator inside the quotes. */
export const expression = (match: TextMatch, columns: Columns): string =>
  match.need === 'any' ? matchAny(match, columns) : matchAll(match, columns);

function matchAny({ terms, deferred, scopes }: TextMatch, columns: Columns): string {
  return [
    `(${columns} : (${disjunction(terms)}))`,
    ...(deferred.length > 0
      ? [`((${columns} : (${disjunction(deferred)})) OR (scope : (${disjunction(every(scopes))})))`]
      : []),
    ...inScopes(scopes),
  ].join(' AND ');
}

/** What every row in some scopes holds. BM25 counts the rows of each term first, which takes long where it is all of them. */
const every = (scopes: readonly string[]): readonly string[] => (scopes.length > 0 ? scopes : [EVERY_ROW]);

const matchAll = ({ terms, deferred, scopes }: TextMatch, columns: Columns): string =>
  [...[...terms, ...deferred].map(term => `(${columns} : ${quoted(term)})`), ...inScopes(scopes)].join(
    ' AND ',
  );

const inScopes = (scopes: readonly string[]): string[] =>
  scopes.length > 0 ? [`(scope : (${disjunction(scopes)}))`] : [];

const disjunction = (terms: readonly string[]): string => terms.map(quoted).join(' OR ');

/** A lone character of a script indexed in pairs stands in the index only as the start of a pair. */
const quoted = (term: string): string => `"${term.replaceAll('"', '')}"${LONE.test(term) ? ' *' : ''}`;

const LONE = /^[^ -~]$/u;

import type { Sql } from './sql.js';

/** A text written into SQL: only for texts of the source, never for what a caller says. */
export const literal = (text: string): Sql => bare(`'${text.replaceAll("'", "''")}'`);

/** SQL made of numbers and words of the source. One object for each, since its identity is the statement's. */
export function bare(words: string): Sql {
  const known = pieces.get(words);
  if (known) return known;
  const added: Sql = { text: [words], values: [] };
  pieces.set(words, added);
  return added;
}

const pieces = new Map<string, Sql>();

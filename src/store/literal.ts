import type { Sql } from './sql.js';

/** A text written into SQL, one piece for each text: only for texts of the source, never for what a caller says. */
export function literal(text: string): Sql {
  const known = literals.get(text);
  if (known) return known;
  const added: Sql = { text: [`'${text.replaceAll("'", "''")}'`], values: [] };
  literals.set(text, added);
  return added;
}

const literals = new Map<string, Sql>();

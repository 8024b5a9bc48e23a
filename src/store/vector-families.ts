import { type Sql, sql } from './sql.js';

/** What vectors belong to, by row number: memories, or passages of all else. */
export const FAMILIES = ['memory', 'passage'] as const;
export type Family = (typeof FAMILIES)[number];

/** A select of `namespace`, `number`, the id it belongs to and its scope. */
export const ROWS: { readonly [F in Family]: Sql } = {
  memory: sql`(select namespace, number, id, scope_id from memory)`,
  passage: sql`(select namespace, number, owner as id, scope_id from passage)`,
};

/** Rows under the name that filters of the family know them by, and their number. */
export const FILTERED: { readonly [F in Family]: { readonly rows: Sql; readonly number: Sql } } = {
  memory: { rows: sql`memory m`, number: sql`m.number` },
  passage: { rows: sql`passage p`, number: sql`p.number` },
};

/** What there is of each family, summed. */
export async function ofAllFamilies(count: (family: Family) => Promise<number>): Promise<number> {
  let sum = 0;
  for (const family of FAMILIES) sum += await count(family);
  return sum;
}

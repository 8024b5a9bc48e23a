import { stem } from '../../text/analyse.js';
import { type Sql, sql } from '../sql.js';
import type { Reader } from '../store.js';
import { counts, EVERY, type TextTable } from './bm25.js';
import { tsquery } from './lexemes.js';

export type Holding = { readonly sets: readonly (readonly string[])[]; readonly limit: number };

type Row = { readonly place: number; readonly number: number };

/** How much further back to look than words would have to be spread evenly: they come in bursts. */
const FURTHER = 2;

/**
 * For each set of words the newest rows that hold all of them. What many rows hold is found sooner among the newest
 * rows; what few hold, or too few of the newest, by its words.
 */
export async function newestHolding(
  reader: Reader,
  table: TextTable,
  { sets, limit }: Holding,
): Promise<number[][]> {
  const held = await counts(reader, table, [EVERY, ...new Set(sets.flat().map(stem))]);
  const rows = held.get(EVERY) ?? 0;
  const asked = sets.flatMap((words, place) => {
    const shares = words.map(word => (held.get(stem(word)) ?? 0) / Math.max(1, rows));
    const expected = shares.reduce((all, share) => all * share, rows);
    const reach = Math.ceil((FURTHER * rows * limit) / expected);
    const match = { need: 'all', terms: words, deferred: [], scopes: [] } as const;
    return expected > 0 ? { place, query: tsquery(reader.namespace, match), expected, reach } : [];
  });
  const common = asked.filter(({ expected, reach }) => expected > reach);
  const among = await ask(reader, table, { asked: common, rows: amongNewest(reader, table, limit) });
  const left = asked.filter(({ place }) => (among.get(place)?.length ?? 0) < limit);
  const found = await ask(reader, table, { asked: left, rows: byWords(table, limit) });
  return sets.map((_, place) => found.get(place) ?? among.get(place) ?? []);
}

/** By number alone, since an index of words finds all rows that hold them, old and new. */
const amongNewest = ({ namespace }: Reader, { rows }: TextTable, limit: number): Sql => sql`
  select number from ${rows} t
  where t.namespace = ${namespace} and (t.terms @@ asked.query) is true and t.number > asked.newest - asked.reach
  order by t.number desc limit ${limit}`;

const byWords = ({ rows }: TextTable, limit: number): Sql => sql`
  select number from ${rows} t where t.terms @@ asked.query order by t.number desc limit ${limit}`;

type Asked = { readonly place: number; readonly query: string; readonly reach: number };

/** By place. Each query is parsed once, not for every row. */
async function ask(
  reader: Reader,
  table: TextTable,
  { asked, rows }: { asked: readonly Asked[]; rows: Sql },
): Promise<ReadonlyMap<number, number[]>> {
  const found = new Map<number, number[]>();
  if (asked.length === 0) return found;
  for (const { place, number } of await reader.all<Row>(sql`
    with asked as materialized (
      select given.*, (${reader.dialect.pieces.highest(table.rows, reader.namespace)}) as newest
      from json_to_recordset(${JSON.stringify(asked)}::json) as given (place bigint, query tsquery, reach bigint))
    select asked.place, found.number from asked cross join lateral (${rows}) found
    order by asked.place, found.number desc`))
    found.set(place, [...(found.get(place) ?? []), number]);
  return found;
}

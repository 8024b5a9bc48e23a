import type { VectorTable } from '../dialect.js';
import { highestNumber } from '../memory-text.js';
import { highestPassage } from '../passage-text.js';
import { sql } from '../sql.js';
import type { Reader, Writer } from '../store.js';
import { FILTERED, ROWS } from '../vector-families.js';
import { type Among, type Embedded, inSet, type Near, type VectorSet } from '../vectors.js';
import { rowsOf } from './bm25.js';
import { arrange, type NearOptions, nearestByIndex } from './near-index.js';
import { cosine, pieces } from './pieces.js';

/** pgvector's; null where there is nothing to compare. The table cannot be called as the type is. */
export const vectorsBy = (options: NearOptions): VectorTable => ({
  table: sql`vector_row`,
  present: sql`v.vector is not null`,
  cosine,
  misfit: dims => sql`(select sum(vector_dims(piece)) from unnest(vector) piece) <> ${dims}`,
  async insert(writer, set, embedded) {
    let added = 0;
    for (let at = 0; at < embedded.length; at += ADDED)
      added += await insertSome(writer, set, embedded.slice(at, at + ADDED));
    return added;
  },
  async nearest(reader, set, among) {
    const few = options.index === 'none' || among.covered <= options.exact;
    const near = few ? undefined : await nearestByIndex(reader, set, { ...among, method: options.index });
    return near && near.length === among.limit ? near : nearestOfAll(reader, set, among);
  },
  arrange: (writer, model) => arrange(writer, model, options),
  async after(reader, { model, family }, { after, limit }) {
    const rows = await reader.all<{ id: number; vector: Uint8Array }>(sql`
      select id, (select string_agg(substr(vector_send(piece), 5), ''::bytea order by place)
        from unnest(vector) with ordinality as pieces (piece, place)) as vector
      from vector_row
      where namespace = ${reader.namespace} and id > ${after} and model_id = ${model} and family = ${family}
        and vector is not null
      order by id limit ${limit}`);
    return rows.map(({ id, vector }) => ({ id, vector: new Uint8Array(Buffer.from(vector).swap32()) }));
  },
});

/** As many at a time: each has kilobytes as text. */
const ADDED = 500;

const insertSome = (
  writer: Writer,
  { model, family }: VectorSet,
  embedded: readonly Embedded[],
): Promise<number> =>
  writer.run(sql`
    insert into vector_row (namespace, model_id, family, number, vector)
    select ${writer.namespace}, ${model}, ${family}, r.number, given.vector
    from json_to_recordset(${JSON.stringify(embedded.map(givenOf))}::json) as given (number bigint, id text, vector vector[])
      cross join lateral (select * from ${ROWS[family]} r where r.namespace = ${writer.namespace} and r.number = given.number
        and r.id = given.id offset 0) r
    on conflict do nothing`);

const givenOf = ({ row, vector }: Embedded) => ({ ...row, vector: vector ? pieces(vector) : null });

/** How many more are drawn than wanted, where at least one of as many may pass. */
const DRAWN = 2;

/**
 * Exact: what is found does not depend on what else shares the tables. Where much may pass, the nearest are drawn by their
 * vectors alone and only they are looked up, since to look at every row costs several times as much.
 */
async function nearestOfAll(reader: Reader, set: VectorSet, among: Among): Promise<Near[]> {
  if (among.covered * DRAWN < (await HIGHEST[set.family](reader))) return nearestPassing(reader, set, among);
  const near = await nearestDrawn(reader, set, among);
  return near.length === among.limit ? near : nearestPassing(reader, set, among);
}

const HIGHEST = { memory: highestNumber, passage: highestPassage } as const;

/** As filters of the family know them. */
const TABLES = {
  memory: { table: sql`memory`, row: sql`m` },
  passage: { table: sql`passage`, row: sql`p` },
} as const;

function nearestDrawn(reader: Reader, set: VectorSet, { vector, passes, limit }: Among): Promise<Near[]> {
  const { table, row } = TABLES[set.family];
  return reader.all<Near>(sql`
    with t as materialized (
      select v.number, ${cosine(vector)} as cosine from vector_row v
      where ${inSet(reader.namespace, set)} and v.vector is not null
      order by cosine desc, v.number limit ${limit * DRAWN})
    select t.number, t.cosine from t cross join ${rowsOf(reader, table)} ${row}
    where ${passes} order by t.cosine desc, t.number limit ${limit}`);
}

/** By comparing each row that passes. */
const nearestPassing = (reader: Reader, set: VectorSet, { vector, passes, limit }: Among): Promise<Near[]> =>
  reader.all<Near>(sql`
    select v.number, ${cosine(vector)} as cosine
    from ${FILTERED[set.family].rows} join vector_row v on ${inSet(reader.namespace, set)}
      and v.number = ${FILTERED[set.family].number}
    where v.vector is not null and ${passes}
    order by cosine desc, v.number limit ${limit}`);

import { anyNumber, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import type { PendingRow } from './vector-claims.js';
import { type Family, FILTERED, ofAllFamilies, ROWS } from './vector-families.js';
import type { VectorModel } from './vector-models.js';

/** The vectors of one model for one family. */
export type VectorSet = { readonly model: number; readonly family: Family };

/** A row number and the cosine of its vector with the one asked for. */
export type Near = { readonly number: number; readonly cosine: number };

/** Unit vectors, or undefined for what has no direction. */
export type Embedded = { readonly row: PendingRow; readonly vector: Float32Array | undefined };

/** Adds vectors of rows that are still there and have none. Returns how many were added. */
export const insertVectors = (
  writer: Writer,
  set: VectorSet,
  embedded: readonly Embedded[],
): Promise<number> => writer.dialect.vectors.insert(writer, set, embedded);

/** Deletes the vectors of rows that are about to be purged, whatever model they are of. */
export async function deleteVectors(writer: Writer, family: Family, numbers: Sql): Promise<void> {
  await writer.run(sql`
    delete from ${writer.dialect.vectors.table}
    where namespace = ${writer.namespace} and family = ${family} and number in (${numbers})
      and model_id in (select id from vector_model where namespace = ${writer.namespace})`);
}

export const deleteVectorsOf = (writer: Writer, family: Family, numbers: readonly number[]): Promise<void> =>
  deleteVectors(writer, family, sql`select value from ${anyNumber(numbers)} chosen`);

export type Among = {
  readonly vector: Float32Array;
  /** What a row must fulfil, as the filters of its family say it. */
  readonly passes: Sql;
  /** An upper bound of how many rows do. */
  readonly covered: number;
  readonly limit: number;
};

/** The nearest of all rows that pass, nearest first. */
export const nearestPassing = (reader: Reader, set: VectorSet, among: Among): Promise<Near[]> =>
  reader.dialect.vectors.nearest(reader, set, among);

/** Brings the vectors of a model into the order that the engine finds near ones by, in steps. False when it is done. */
export const arrangeVectors = (writer: Writer, model: VectorModel): Promise<boolean> =>
  writer.dialect.vectors.arrange(writer, model);

/** Some vectors of a set, by their ids. */
export type SomeVectors = { readonly set: VectorSet; readonly ids: readonly number[] };

/** A condition on a vector `v`. */
export const inSet = (namespace: string, { model, family }: VectorSet): Sql =>
  sql`v.namespace = ${namespace} and v.model_id = ${model} and v.family = ${family}`;

/** The ids of the vectors of all rows that pass, as the filters of their family say it. */
export async function passingVectors(reader: Reader, set: VectorSet, passes: Sql): Promise<number[]> {
  const { rows, number } = FILTERED[set.family];
  const found = await reader.all<{ id: number }>(sql`
    select v.id from ${rows} cross join ${reader.dialect.vectors.table} v
    where ${inSet(reader.namespace, set)} and v.number = ${number} and ${passes}`);
  return found.map(({ id }) => id);
}

/** How near some rows are. */
export const cosinesOf = (
  reader: Reader,
  set: VectorSet,
  { vector, numbers }: { readonly vector: Float32Array; readonly numbers: readonly number[] },
): Promise<Near[]> =>
  reader.all(sql`
    select v.number, ${reader.dialect.vectors.cosine(vector)} as cosine
    from ${anyNumber(numbers)} chosen cross join ${reader.dialect.vectors.table} v
    where ${inSet(reader.namespace, set)} and v.number = chosen.value and ${reader.dialect.vectors.present}`);

export type StoredVector = { readonly id: number; readonly vector: Uint8Array };

/** With what is kept beside it in memory: the number and id of its row, and the scope that lies in. */
export type HandedOut = StoredVector & {
  readonly number: number;
  readonly row: string;
  readonly scope: number;
};

/** Vectors in the order in which they were added, from after an id on. */
export const vectorsAfter = (
  reader: Reader,
  set: VectorSet,
  page: { readonly after: number; readonly limit: number },
): Promise<StoredVector[]> => reader.dialect.vectors.after(reader, set, page);

export type RowVectors = { readonly upto: number; readonly embedded: readonly Embedded[] };

/** The same with the rows they belong to, and the id of the last; undefined when there are no more. */
export async function rowVectorsAfter(
  reader: Reader,
  set: VectorSet,
  page: { readonly after: number; readonly limit: number },
): Promise<RowVectors | undefined> {
  const found = await vectorsAfter(reader, set, page);
  const last = found.at(-1);
  if (!last) return undefined;
  const vectors = new Map(found.map(({ id, vector }) => [id, vector]));
  const rows = await reader.all<PendingRow & { readonly vector: number }>(sql`
    select v.id as vector, r.number, r.id from ${anyNumber([...vectors.keys()])} chosen
    cross join ${reader.dialect.vectors.table} v cross join ${ROWS[set.family]} r
    where ${inSet(reader.namespace, set)} and v.id = chosen.value and r.namespace = v.namespace and r.number = v.number`);
  return {
    upto: last.id,
    embedded: rows.map(({ vector, ...row }) => ({ row, vector: floats(vectors.get(vector) ?? NONE) })),
  };
}

/** The rows that mean nothing to a model. */
export const meaningless = (reader: Reader, set: VectorSet): Promise<PendingRow[]> =>
  reader.all(sql`
    select r.number, r.id from ${reader.dialect.vectors.table} v cross join ${ROWS[set.family]} r
    where ${inSet(reader.namespace, set)} and r.namespace = v.namespace and r.number = v.number
      and not (${reader.dialect.vectors.present}) order by r.number`);

/** A copy, since what a driver hands out need not begin where a number may. */
export const floats = (bytes: Uint8Array): Float32Array => new Float32Array(new Uint8Array(bytes).buffer);

const NONE = new Uint8Array(0);

export async function lastVectorId(reader: Reader): Promise<number> {
  const { pieces, vectors } = reader.dialect;
  const row = await reader.get<{ number: number | null }>(
    pieces.highest(vectors.table, reader.namespace, sql`id`),
  );
  return row?.number ?? 0;
}

/** Vectors of a model that belong to no row, or whose length is another than the model's. */
const unsound = (
  { namespace, dialect }: Reader,
  { id, dims }: Pick<VectorModel, 'id' | 'dims'>,
  family: Family,
): Sql => sql`
  from ${dialect.vectors.table} where namespace = ${namespace} and model_id = ${id} and family = ${family}
    and (${dialect.vectors.misfit(dims)} or number not in (select r.number from ${ROWS[family]} r where r.namespace = ${namespace}))`;

/** Returns how many were deleted. */
export const deleteUnsound = (writer: Writer, model: VectorModel): Promise<number> =>
  ofAllFamilies(family => writer.run(sql`delete ${unsound(writer, model, family)}`));

export const countUnsound = (reader: Reader, model: VectorModel): Promise<number> =>
  ofAllFamilies(family => reader.count(sql`select count(*) as count ${unsound(reader, model, family)}`));

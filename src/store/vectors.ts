import { anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import type { Claim, PendingRow } from './vector-claims.js';
import { FAMILIES, type Family, FILTERED, ROWS } from './vector-families.js';
import type { VectorModel } from './vector-models.js';

/** The vectors of one model for one family. */
export type VectorSet = { readonly model: number; readonly family: Family };

/** A row number and the cosine of its vector with the one asked for. */
export type Near = { readonly number: number; readonly cosine: number };

/** Unit vectors, or undefined for what has no direction. */
export type Embedded = { readonly row: PendingRow; readonly vector: Float32Array | undefined };

/** Adds vectors of rows that are still there and have none. Returns how many were added. */
export async function insertVectors(
  writer: Writer,
  { model, family }: Pick<Claim, 'model' | 'family'>,
  embedded: readonly Embedded[],
): Promise<number> {
  let added = 0;
  for (const { row, vector } of embedded)
    added += await writer.run(sql`
      insert into vector (namespace, model_id, family, number, vector)
      select ${writer.namespace}, ${model}, ${family}, r.number, ${vector ? bytes(vector) : NOTHING}
      from ${ROWS[family]} r where r.namespace = ${writer.namespace} and r.number = ${row.number} and r.id = ${row.id}
      on conflict do nothing`);
  return added;
}

/** Deletes the vectors of rows that are about to be purged, whatever model they are of. */
export async function deleteVectors(writer: Writer, family: Family, numbers: Sql): Promise<void> {
  await writer.run(sql`
    delete from vector where namespace = ${writer.namespace} and family = ${family} and number in (${numbers})
      and model_id in (select id from vector_model where namespace = ${writer.namespace})`);
}

export type Among = {
  readonly vector: Float32Array;
  /** What a row must fulfil, as the filters of its family say it. */
  readonly passes: Sql;
  readonly limit: number;
};

/** The nearest of all rows that pass, by comparing each of them: exact, and fast where few pass. */
export const nearestPassing = (
  reader: Reader,
  set: VectorSet,
  { vector, passes, limit }: Among,
): Promise<Near[]> =>
  reader.all(sql`
    select v.number, ${cosine(vector)} as cosine
    from ${FILTERED[set.family].rows} cross join vector v on ${inSet(reader.namespace, set)}
      and v.number = ${FILTERED[set.family].number}
    where length(v.vector) > 0 and ${passes}
    order by cosine desc, v.number limit ${limit}`);

/** Some vectors of a set, by their ids. */
export type SomeVectors = { readonly set: VectorSet; readonly ids: readonly number[] };

/** A condition on a vector `v`. */
export const inSet = (namespace: string, { model, family }: VectorSet): Sql =>
  sql`v.namespace = ${namespace} and v.model_id = ${model} and v.family = ${family}`;

/** The ids of the vectors of some rows. */
export const vectorIds = (
  reader: Reader,
  set: VectorSet,
  numbers: readonly number[],
): Promise<{ number: number; id: number }[]> =>
  reader.all(sql`
    select v.number, v.id from ${anyOf(numbers)} chosen cross join vector v on ${inSet(reader.namespace, set)}
      and v.number = chosen.value`);

/** How near some rows are. */
export const cosinesOf = (
  reader: Reader,
  set: VectorSet,
  { vector, numbers }: { readonly vector: Float32Array; readonly numbers: readonly number[] },
): Promise<Near[]> =>
  reader.all(sql`
    select v.number, ${cosine(vector)} as cosine
    from ${anyOf(numbers)} chosen cross join vector v on ${inSet(reader.namespace, set)}
      and v.number = chosen.value where length(v.vector) > 0`);

/** Of unit vectors: the length of what lies between two says how near they are. sqlite-vec is fastest with that. */
const cosine = (vector: Float32Array): Sql =>
  sql`1 - pow(vec_distance_L2(v.vector, ${bytes(vector)}), 2) / 2`;

export type StoredVector = { readonly id: number; readonly vector: Uint8Array };

/** Vectors in the order in which they were added, from after an id on. */
export const vectorsAfter = (
  reader: Reader,
  { model, family }: VectorSet,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<StoredVector[]> =>
  reader.all(sql`
    select id, vector from vector
    where id > ${after} and namespace = ${reader.namespace} and +model_id = ${model} and +family = ${family} and length(vector) > 0
    order by id limit ${limit}`);

export async function lastVectorId(reader: Reader): Promise<number> {
  const row = await reader.get<{ id: number | null }>(sql`select max(id) as id from vector`);
  return row?.id ?? 0;
}

/** Vectors of a model that belong to no row, or whose length is another than the model's. */
const unsound = (
  namespace: string,
  { id, dims }: Pick<VectorModel, 'id' | 'dims'>,
  family: Family,
): Sql => sql`
  namespace = ${namespace} and model_id = ${id} and family = ${family}
    and (length(vector) not in (0, ${dims * 4}) or number not in (select number from ${ROWS[family]}))`;

/** Returns how many were deleted. */
export async function deleteUnsound(writer: Writer, model: VectorModel): Promise<number> {
  let deleted = 0;
  for (const family of FAMILIES)
    deleted += await writer.run(sql`delete from vector where ${unsound(writer.namespace, model, family)}`);
  return deleted;
}

export async function countUnsound(reader: Reader, model: VectorModel): Promise<number> {
  let found = 0;
  for (const family of FAMILIES) {
    const row = await reader.get<{ count: number }>(
      sql`select count(*) as count from vector where ${unsound(reader.namespace, model, family)}`,
    );
    found += row?.count ?? 0;
  }
  return found;
}

const NOTHING = new Uint8Array(0);

const bytes = (vector: Float32Array): Uint8Array =>
  new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);

import { sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import { FAMILIES } from './vector-families.js';

/**
 * One set of vectors. It is built, then current until another takes its place, then old and on its way out. Models of
 * different names may be current at once, since windows may be set up differently.
 */
export type VectorModel = {
  readonly id: number;
  readonly name: string;
  readonly dims: number;
  readonly state: 'building' | 'current' | 'old';
  readonly used_at: number;
};

/** Only vectors of the same model and length compare. */
export type Space = Pick<VectorModel, 'name' | 'dims'>;

/** The newest first. */
export const vectorModels = (reader: Reader): Promise<VectorModel[]> =>
  reader.all(sql`
    select id, name, dims, state, used_at from vector_model where namespace = ${reader.namespace} order by id desc`);

/** Those of a space that are not on their way out, in their order. */
export const modelsIn = (models: readonly VectorModel[], { name, dims }: Space): VectorModel[] =>
  models.filter(model => model.name === name && model.dims === dims && model.state !== 'old');

/** The newest set of a space. */
export const modelIn = async (reader: Reader, space: Space): Promise<VectorModel | undefined> =>
  modelsIn(await vectorModels(reader), space)[0];

/** Whether a set is neither complete nor gone. */
export async function unsettledModel(reader: Reader): Promise<boolean> {
  const row = await reader.get(
    sql`select 1 from vector_model where namespace = ${reader.namespace} and state <> 'current' limit 1`,
  );
  return row !== undefined;
}

/** Begins a set of vectors. */
export async function insertModel(
  writer: Writer,
  { name, dims, at }: Space & { readonly at: number },
): Promise<VectorModel> {
  const row = await writer.get<{ id: number }>(sql`
    insert into vector_model (namespace, name, dims, state, used_at)
    values (${writer.namespace}, ${name}, ${dims}, 'building', ${at}) returning id`);
  if (!row) throw new Error('An inserted model has no id.');
  for (const family of FAMILIES)
    await writer.run(sql`insert into vector_progress values (${writer.namespace}, ${row.id}, ${family}, 0)`);
  return { id: row.id, name, dims, state: 'building', used_at: at };
}

/** Makes a model the current one of its name; the one before it is old from now on. */
export async function makeCurrent(writer: Writer, { id, name }: VectorModel): Promise<void> {
  await writer.run(sql`
    update vector_model set state = 'old' where namespace = ${writer.namespace} and name = ${name} and id <> ${id}`);
  await writer.run(
    sql`update vector_model set state = 'current' where namespace = ${writer.namespace} and id = ${id}`,
  );
}

export async function touchModel(writer: Writer, id: number, at: number): Promise<void> {
  await writer.run(
    sql`update vector_model set used_at = ${at} where namespace = ${writer.namespace} and id = ${id}`,
  );
}

/** Retires all models but one that were not used since a time. Returns how many. */
export const retireModels = (
  writer: Writer,
  { but, unusedSince }: { readonly but: number; readonly unusedSince: number },
): Promise<number> =>
  writer.run(sql`
    update vector_model set state = 'old'
    where namespace = ${writer.namespace} and id <> ${but} and used_at < ${unusedSince} and state <> 'old'`);

/** Retires models that were not brought up to date since a time, where another one was. Returns how many. */
export const retireUnused = (writer: Writer, unusedSince: number): Promise<number> =>
  writer.run(sql`
    update vector_model set state = 'old'
    where namespace = ${writer.namespace} and used_at < ${unusedSince} and state <> 'old' and exists
      (select 1 from vector_model other where other.namespace = ${writer.namespace} and other.state = 'current'
        and other.used_at >= ${unusedSince})`);

/** Deletes some vectors of an old model, and the model with the last of them. False when there is nothing old. */
export async function dropOld(writer: Writer, limit: number): Promise<boolean> {
  const old = await writer.get<{ id: number }>(
    sql`select id from vector_model where namespace = ${writer.namespace} and state = 'old' limit 1`,
  );
  if (!old) return false;
  const vectors = writer.dialect.vectors.table;
  const dropped = await writer.run(sql`
    delete from ${vectors} where namespace = ${writer.namespace} and id in
      (select id from ${vectors} where namespace = ${writer.namespace} and model_id = ${old.id} limit ${limit})`);
  if (dropped < limit)
    await writer.run(sql`delete from vector_model where namespace = ${writer.namespace} and id = ${old.id}`);
  return true;
}

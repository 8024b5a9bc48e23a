import { anyNumber, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import type { VectorSet } from './vectors.js';

/** What an index beside the database has of a set of vectors. */
export type Feed = {
  /** Its name there, never used for another set. */
  readonly space: string;
  /** The id of the last vector that was sent. */
  readonly upto: number;
};

export const feedOf = (reader: Reader, { model, family }: VectorSet): Promise<Feed | undefined> =>
  reader.get(sql`
    select space, upto from vector_feed
    where namespace = ${reader.namespace} and model_id = ${model} and family = ${family}`);

/** Begins a set anew under a name. All that lies under an earlier one is gone. */
export async function beginFeed(writer: Writer, set: VectorSet, space: string): Promise<void> {
  const { model, family } = set;
  const earlier = await feedOf(writer, set);
  await writer.run(sql`
    insert into vector_feed (namespace, model_id, family, space, upto)
    values (${writer.namespace}, ${model}, ${family}, ${space}, 0)
    on conflict (namespace, model_id, family) do update set space = excluded.space, upto = 0`);
  if (earlier)
    await writer.run(sql`
      insert into vector_gone (namespace, space, id) values (${writer.namespace}, ${earlier.space}, ${WHOLE})
      on conflict (namespace, space, id) do update set forgotten_at = 0`);
}

export type Sent = Feed & { readonly ids: readonly number[] };

/** Notes what was sent. What was deleted while it was under way has to be forgotten there, and all of a set begun anew. */
export async function noteSent(
  writer: Writer,
  { model, family }: VectorSet,
  { space, upto, ids }: Sent,
): Promise<void> {
  const { namespace } = writer;
  const { table } = writer.dialect.vectors;
  await writer.run(sql`
    update vector_feed set upto = ${upto}
    where namespace = ${namespace} and model_id = ${model} and family = ${family} and space = ${space} and upto < ${upto}`);
  await writer.run(sql`
    insert into vector_gone (namespace, space, id)
    select ${namespace}, ${space}, sent.value from ${anyNumber(ids)} sent
    where not exists (select 1 from ${table} v where v.namespace = ${namespace} and v.id = sent.value)
      or not exists (select 1 from vector_feed f where f.namespace = ${namespace} and f.space = ${space})
    on conflict (namespace, space, id) do update set forgotten_at = 0`);
}

/** Stands for every vector of a space; their own ids begin at 1. */
export const WHOLE = 0;

/** Something that an index still has, or may get from whoever sent it before it was deleted. */
export type Gone = {
  readonly space: string;
  readonly id: number;
  /** When it was forgotten there for the first time, in Unix milliseconds; 0 before. */
  readonly forgotten_at: number;
};

/** What was not forgotten yet, or for the first time no later than that (Unix ms). */
export const goneVectors = (
  reader: Reader,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<Gone[]> =>
  reader.all(sql`
    select space, id, forgotten_at from vector_gone
    where namespace = ${reader.namespace} and forgotten_at <= ${before} order by space, id limit ${limit}`);

export async function anyGone(reader: Reader): Promise<boolean> {
  return (
    (await reader.get(sql`select 1 from vector_gone where namespace = ${reader.namespace} limit 1`)) !==
    undefined
  );
}

/** Notes what was forgotten, now (Unix ms) for the first time or for the last. */
export async function noteForgotten(writer: Writer, gone: readonly Gone[], now: number): Promise<void> {
  for (const space of new Set(gone.map(row => row.space))) {
    const own = gone.filter(row => row.space === space);
    const [last, first] = [
      own.filter(row => row.forgotten_at > 0),
      own.filter(row => row.forgotten_at === 0),
    ];
    await writer.run(sql`
      delete from vector_gone
      where namespace = ${writer.namespace} and space = ${space} and forgotten_at > 0 and id in ${anyNumber(idsOf(last))}`);
    await writer.run(sql`
      update vector_gone set forgotten_at = ${now}
      where namespace = ${writer.namespace} and space = ${space} and id in ${anyNumber(idsOf(first))}`);
  }
}

const idsOf = (gone: readonly Gone[]): number[] => gone.map(({ id }) => id);

import { bare } from '../literal.js';
import { sql } from '../sql.js';
import type { Reader, Writer } from '../store.js';
import { FAMILIES, FILTERED } from '../vector-families.js';
import type { VectorModel } from '../vector-models.js';
import { type Among, inSet, type Near, type VectorSet } from '../vectors.js';
import { cosine, text } from './pieces.js';

/** How sets of many vectors are indexed, and up to how many each is compared one by one. */
export type NearOptions = { readonly index: 'hnsw' | 'ivfflat' | 'none'; readonly exact: number };

/** What a row counts as in an index: of more dimensions than that only half the precision, of many more nothing. */
const WHOLE = 2000;
const HALF = 4000;
/** Rows that go into an index at a time, and that are only marked for one that is not there yet. */
const ADDED = 200;
const MARKED = 5000;
/** Candidates that are compared whole, where the index knows halves. */
const OVERSAMPLED = 4;

/**
 * The nearest that pass, by an index that all namespaces share; undefined where these vectors are in none. It goes on
 * until enough of them pass, and what it gives up on is compared one by one by the caller.
 */
export async function nearestByIndex(
  reader: Reader,
  set: VectorSet,
  { vector, passes, limit, method }: Among & { readonly method: NearOptions['index'] },
): Promise<Near[] | undefined> {
  const arranged = await reader.get(sql`
    select 1 from vector_near v where ${inSet(reader.namespace, set)} and v.method = ${method}`);
  if (!arranged) return undefined;
  const dims = vector.length;
  const { type, wanted } =
    dims <= WHOLE ? { type: 'vector', wanted: limit } : { type: 'halfvec', wanted: limit * OVERSAMPLED };
  return reader.all<Near>(sql`
    with near as materialized (
      select v.namespace, v.model_id, v.family, v.number
      from vector_row v join ${FILTERED[set.family].rows} on ${FILTERED[set.family].number} = v.number
      where v.near = ${bare(String(dims))} and ${inSet(reader.namespace, set)} and ${passes}
      order by (v.vector[1]::${bare(`${type}(${dims})`)}) <#> ${text(vector)}::${bare(type)} limit ${wanted})
    select v.number, ${cosine(vector)} as cosine from near join vector_row v using (namespace, model_id, family, number)
    order by cosine desc, v.number limit ${limit}`);
}

/**
 * Brings a set that has become large into the index, some rows at a time. False when nothing is left to do. The index of
 * its dimensions is built with the first set that needs it.
 */
export async function arrange(
  writer: Writer,
  { id, dims }: Pick<VectorModel, 'id' | 'dims'>,
  { index, exact }: NearOptions,
): Promise<boolean> {
  if (index === 'none' || dims > HALF) return false;
  for (const family of FAMILIES) {
    const set = { model: id, family };
    if (!(await isLarge(writer, set, { index, exact }))) continue;
    const { there, mine } = await indexed(writer, nameOf(index, dims));
    if (!there && !mine) return false;
    const most = there ? ADDED : MARKED;
    if ((await mark(writer, set, { dims, most })) === most) return true;
    if (!there) await build(writer, index, dims);
    await writer.run(sql`
      insert into vector_near (namespace, model_id, family, dims, method)
      values (${writer.namespace}, ${id}, ${family}, ${dims}, ${index})
      on conflict (namespace, model_id, family) do update set method = excluded.method`);
  }
  return false;
}

/** Whether a set has more vectors than are compared one by one, and is not indexed yet. */
async function isLarge(writer: Writer, set: VectorSet, { index, exact }: NearOptions): Promise<boolean> {
  const inside = inSet(writer.namespace, set);
  const counted = await writer.count(sql`
    select count(*) as count from (select 1 from vector_row v where ${inside}
      and not exists (select 1 from vector_near v where ${inside} and v.method = ${index}) limit ${exact + 1}) counted`);
  return counted > exact;
}

const mark = (
  writer: Writer,
  set: VectorSet,
  { dims, most }: { readonly dims: number; readonly most: number },
): Promise<number> =>
  writer.run(sql`
    update vector_row set near = ${dims} where (namespace, id) in (
      select v.namespace, v.id from vector_row v
      where ${inSet(writer.namespace, set)} and v.vector is not null and v.near is null limit ${most})`);

const nameOf = (index: string, dims: number): string => `vector_row_${index}_${dims}`;

type Indexed = { readonly there: boolean; readonly mine: boolean };

/** Only the owner of the tables makes indexes; for everybody else all is compared one by one until there is one. */
async function indexed(writer: Writer, name: string): Promise<Indexed> {
  const found = await writer.get<Indexed>(sql`
    select pg_has_role(t.relowner, 'usage') as mine, exists (
      select 1 from pg_class i where i.relname = ${name} and i.relnamespace = t.relnamespace) as there
    from pg_class t where t.oid = 'vector_row'::regclass`);
  return found ?? { there: false, mine: false };
}

/** Of rows that are marked alone: of small namespaces nothing is in it, and nothing is paid. */
async function build(writer: Writer, index: 'hnsw' | 'ivfflat', dims: number): Promise<void> {
  const type = dims <= WHOLE ? 'vector' : 'halfvec';
  // Those of other namespaces cannot be counted, but the server knows about how many there are.
  const rows = await writer.count(sql`
    select greatest((select count(*) from vector_row where namespace = ${writer.namespace} and near = ${dims}),
      (select reltuples::bigint from pg_class where oid = 'vector_row'::regclass)) as count`);
  const lists = Math.max(10, Math.round(rows / 1000));
  await writer.run(sql`set local statement_timeout = 0`);
  await writer.run({
    text: [
      `create index if not exists ${nameOf(index, dims)} on vector_row
      using ${index} ((vector[1]::${type}(${dims})) ${type}_ip_ops)
      ${index === 'ivfflat' ? `with (lists = ${lists})` : ''} where near = ${dims}`,
    ],
    values: [],
  });
}

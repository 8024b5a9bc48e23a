import { type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import { FAMILIES, type Family, ofAllFamilies, ROWS } from './vector-families.js';
import { unsettledModel } from './vector-models.js';

/** A row without a vector. Its id says whether a number still means what it meant: a purged one may be given again. */
export type PendingRow = { readonly number: number; readonly id: string };

export type Claim = {
  readonly model: number;
  readonly family: Family;
  readonly owner: string;
  readonly rows: readonly PendingRow[];
};

export type Claiming = {
  readonly model: number;
  readonly owner: string;
  readonly limit: number;
  /** Unix milliseconds. */
  readonly now: number;
  readonly expiresAt: number;
};

/**
 * Takes the oldest rows without a vector that nobody else is at work on. What a process that is gone had taken is free
 * again once its time is over.
 */
export async function claimPending(
  writer: Writer,
  { model, owner, limit, now, expiresAt }: Claiming,
): Promise<Claim | 'others at work' | 'nothing pending'> {
  const { namespace } = writer;
  await writer.run(sql`delete from vector_claim where namespace = ${namespace} and expires_at <= ${now}`);
  for (const family of FAMILIES) {
    const rows = await writer.all<PendingRow>(sql`
      select r.number, r.id from ${ROWS[family]} r
      where ${isPending(writer, model, family)}
        and not exists (select 1 from vector_claim c where c.namespace = ${namespace} and c.model_id = ${model}
          and c.family = ${family} and r.number between c.first and c.last)
      order by r.number limit ${limit}`);
    const [first] = rows;
    if (!first) continue;
    await writer.run(sql`
      insert into vector_claim values (${namespace}, ${model}, ${family}, ${first.number},
        ${rows.at(-1)?.number ?? first.number}, ${owner}, ${expiresAt})`);
    return { model, family, owner, rows };
  }
  const others = await writer.get(
    sql`select 1 from vector_claim where namespace = ${namespace} and model_id = ${model} limit 1`,
  );
  return others ? 'others at work' : 'nothing pending';
}

/** Keeps a claim for longer. */
export async function renewClaim(writer: Writer, claim: Claim, expiresAt: number): Promise<void> {
  await writer.run(
    sql`update vector_claim set expires_at = ${expiresAt} where ${isClaim(writer.namespace, claim)}`,
  );
}

/** Gives rows back, done or not, and moves the mark below which nothing is pending. */
export async function releaseClaim(writer: Writer, claim: Claim): Promise<void> {
  await writer.run(sql`delete from vector_claim where ${isClaim(writer.namespace, claim)}`);
  await moveMark(writer, claim);
}

/** Moves the mark of a model to before the first row of a family that has no vector. */
export async function moveMark(
  writer: Writer,
  { model, family }: Pick<Claim, 'model' | 'family'>,
): Promise<void> {
  const { namespace } = writer;
  await writer.run(sql`
    update vector_progress set upto = coalesce(
      (select r.number - 1 from ${ROWS[family]} r where ${isPending(writer, model, family)} order by r.number limit 1),
      ${highest(writer, family)})
    where namespace = ${namespace} and model_id = ${model} and family = ${family}`);
}

/** Whether there may be something to do: rows above the mark of a model, rows and no model, a model to finish or drop. */
export async function anyPending(reader: Reader): Promise<boolean> {
  for (const family of FAMILIES) {
    const row = await reader.get<{ pending: number }>(sql`
      select ${highest(reader, family)} > coalesce(
        (select min(p.upto) from vector_progress p join vector_model m on m.namespace = p.namespace and m.id = p.model_id
          where p.namespace = ${reader.namespace} and p.family = ${family} and m.state <> 'old'), 0) as pending`);
    if (row?.pending) return true;
  }
  return unsettledModel(reader);
}

/** How many rows have no vector of a model yet. */
export const countPending = (reader: Reader, model: number): Promise<number> =>
  ofAllFamilies(family =>
    reader.count(
      sql`select count(*) as count from ${ROWS[family]} r where ${isPending(reader, model, family)}`,
    ),
  );

/** How many rows a model is said to be done with and has no vector for. */
export const countSkipped = (reader: Reader, model: number): Promise<number> =>
  ofAllFamilies(family =>
    reader.count(sql`
        select count(*) as count from ${ROWS[family]} r
        where r.namespace = ${reader.namespace} and r.number <= ${uptoOf(reader.namespace, model, family)}
          and ${hasNone(reader, model, family)}`),
  );

/** How many rows there are that could have a vector. */
export const countEmbeddable = (reader: Reader): Promise<number> =>
  ofAllFamilies(family =>
    reader.count(
      sql`select count(*) as count from ${ROWS[family]} r where r.namespace = ${reader.namespace}`,
    ),
  );

/** After rows were deleted: a number above the highest may be given again, so nothing about it may be taken as done. */
export async function lowerMarks(writer: Writer, family: Family): Promise<void> {
  await writer.run(sql`
    update vector_progress set upto = ${highest(writer, family)}
    where namespace = ${writer.namespace} and family = ${family} and upto > ${highest(writer, family)}`);
}

/** Looks at every row again, as if nothing of a model were known to be done. */
export async function resetMarks(writer: Writer, model: number): Promise<void> {
  await writer.run(
    sql`update vector_progress set upto = 0 where namespace = ${writer.namespace} and model_id = ${model}`,
  );
}

/** A condition on a row `r` of a family. */
const isPending = (reader: Reader, model: number, family: Family): Sql =>
  sql`r.namespace = ${reader.namespace} and r.number > ${uptoOf(reader.namespace, model, family)} and ${hasNone(reader, model, family)}`;

const uptoOf = (namespace: string, model: number, family: Family): Sql =>
  sql`(select upto from vector_progress where namespace = ${namespace} and model_id = ${model} and family = ${family})`;

const hasNone = ({ namespace, dialect }: Reader, model: number, family: Family): Sql => sql`not exists
  (select 1 from ${dialect.vectors.table} v where v.namespace = ${namespace} and v.model_id = ${model} and v.family = ${family} and v.number = r.number)`;

const isClaim = (namespace: string, { model, family, owner, rows }: Claim): Sql =>
  sql`namespace = ${namespace} and model_id = ${model} and family = ${family} and first = ${rows[0]?.number ?? 0} and owner = ${owner}`;

const highest = ({ namespace, dialect }: Reader, family: Family): Sql =>
  sql`coalesce((${dialect.pieces.highest(ROWS[family], namespace)}), 0)`;

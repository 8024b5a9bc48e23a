import type { Batch, BatchStatus, StoredChange, Trust } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { DAY } from '../text/time.js';
import { passesScope } from './scope-lookup.js';
import { anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

type Row = {
  id: string;
  status: BatchStatus;
  trust: Trust;
  changes: string;
  created_at: number;
  decided_at: number | null;
};

/** Committed at once where it is decided already. */
export async function insertBatch(
  writer: Writer,
  { id, trust, changes, created_at, decided_at }: Omit<Batch, 'status'>,
): Promise<void> {
  await writer.run(sql`
    insert into batch values (${writer.namespace}, ${id}, ${decided_at === null ? 'proposed' : 'committed'}, ${trust},
      ${JSON.stringify(changes)}, ${created_at}, ${decided_at})`);
}

export async function findBatch(reader: Reader, id: string): Promise<Batch | undefined> {
  const row = await reader.get<Row>(sql`
    select id, status, trust, changes, created_at, decided_at from batch where namespace = ${reader.namespace} and id = ${id}`);
  return row && toBatch(row);
}

/** Only a proposed batch can be decided; false when another window was faster. */
export async function decideBatch(
  writer: Writer,
  id: string,
  status: BatchStatus,
  at: number,
): Promise<boolean> {
  const changed = await writer.run(sql`
    update batch set status = ${status}, decided_at = ${at}
    where namespace = ${writer.namespace} and id = ${id} and status = 'proposed'`);
  return changed === 1;
}

/** What tells how long a batch waits: an older one has expired, also before `maintain` says so. */
export type Waiting = { readonly now: number; readonly batchExpiryDays: number };

const oldest = ({ now, batchExpiryDays }: Waiting): number => now - batchExpiryDays * DAY;

export type BatchPage = {
  /** Omitted means expired ones too. */
  readonly waiting?: Waiting;
  readonly createdBefore?: number;
  readonly limit: number;
  /** Omitted means all. */
  readonly scope?: ScopeFilter | undefined;
};

/** Batches that wait for a decision, oldest first. */
export async function pendingBatches(
  reader: Reader,
  { waiting, createdBefore, limit, scope }: BatchPage,
): Promise<Batch[]> {
  const rows = await reader.all<Row>(sql`
    select id, status, trust, changes, created_at, decided_at from batch
    where namespace = ${reader.namespace} and status = 'proposed' and created_at < ${createdBefore ?? Number.MAX_SAFE_INTEGER}
      and created_at >= ${waiting ? oldest(waiting) : 0}
      and ${scope ? concerns(reader, scope) : sql`1 = 1`}
    order by created_at, id limit ${limit}`);
  return rows.map(toBatch);
}

/** Batches that add, replace or retire any of these memories. */
export const batchesNaming = (
  reader: Reader,
  memoryIds: readonly string[],
): Promise<{ id: string; changes: string }[]> =>
  reader.all(sql`
    select distinct b.id, b.changes from batch b join ${anyOf(memoryIds)} named
    on ${reader.dialect.pieces.contains(sql`b.changes`, sql`named.value`)} where b.namespace = ${reader.namespace} order by b.id`);

export const countPending = (reader: Reader, scope: ScopeFilter, waiting: Waiting): Promise<number> =>
  reader.count(sql`
    select count(*) as count from batch
    where namespace = ${reader.namespace} and status = 'proposed' and created_at >= ${oldest(waiting)}
      and ${concerns(reader, scope)}`);

/** Those of them that no memory stands for, since they only retire what is known or do nothing; oldest first. */
export async function pendingAddingNothing(
  reader: Reader,
  { scope, waiting, limit }: Required<Pick<BatchPage, 'waiting' | 'limit'>> & { readonly scope: ScopeFilter },
): Promise<Batch[]> {
  const rows = await reader.all<Row>(sql`
    select id, status, trust, changes, created_at, decided_at from batch
    where namespace = ${reader.namespace} and status = 'proposed' and created_at >= ${oldest(waiting)}
      and not ${naming(reader, sql`'memory_id'`)} and ${concerns(reader, scope)}
    order by created_at, id limit ${limit}`);
  return rows.map(toBatch);
}

/** Of every scope. */
export const countAllPending = (reader: Reader, waiting: Waiting): Promise<number> =>
  reader.count(sql`
    select count(*) as count from batch
    where namespace = ${reader.namespace} and status = 'proposed' and created_at >= ${oldest(waiting)}`);

/** A batch is of a scope when it adds, replaces or retires a memory there; one that names none is everybody's. */
const concerns = (reader: Reader, scope: ScopeFilter): Sql => sql`(
  exists (select 1 from ${changed(reader)} named join memory m on m.namespace = batch.namespace and m.id = named.atom
    where ${passesScope(reader.namespace, sql`m.scope_id`, scope)})
  or not ${naming(reader, sql`'memory_id', 'target_id'`)})`;

const naming = (reader: Reader, keys: Sql): Sql =>
  sql`exists (select 1 from ${changed(reader)} named where named.key in (${keys}))`;

const changed = ({ dialect }: Reader): Sql => dialect.pieces.jsonTree(sql`batch.changes`);

export async function allBatches(reader: Reader): Promise<Batch[]> {
  const rows = await reader.all<Row>(sql`
    select id, status, trust, changes, created_at, decided_at from batch where namespace = ${reader.namespace} order by id`);
  return rows.map(toBatch);
}

function toBatch({ changes, ...row }: Row): Batch {
  const parsed: StoredChange[] = JSON.parse(changes);
  return { ...row, changes: parsed };
}

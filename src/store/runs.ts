import type { ScopedPage } from '../schema/listing.js';
import type { Trust } from '../schema/memory.js';
import type { Scope, ScopeFilter } from '../schema/scope.js';
import { type ByPrefix, COMPLETED } from './completing.js';
import { everyRow } from './every-row.js';
import { passesScope, selectiveFilter } from './scope-lookup.js';
import { inScope, withScope } from './scopes.js';
import { anyOf, beginsWith, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A run as its row holds it; `working_set` is RFC 8785 text. Times are Unix milliseconds. */
export type RunRow = {
  readonly id: string;
  readonly external_id: string | null;
  readonly status: string;
  readonly trust: Trust;
  readonly seq: number;
  readonly working_set: string;
  /** URI of what it was forked or imported from. */
  readonly origin: string | null;
  readonly created_at: number;
  readonly updated_at: number;
};

export type StoredRun = RunRow & { readonly scope: Scope };

export async function insertRun(writer: Writer, run: RunRow & { readonly scope_id: number }): Promise<void> {
  await writer.run(sql`
    insert into run (namespace, id, external_id, scope_id, status, trust, seq, working_set, origin, created_at, updated_at)
    values (${writer.namespace}, ${run.id}, ${run.external_id}, ${run.scope_id}, ${run.status}, ${run.trust}, ${run.seq},
      ${run.working_set}, ${run.origin}, ${run.created_at}, ${run.updated_at})`);
}

export const runById = (reader: Reader, id: string): Promise<StoredRun | undefined> =>
  one(reader, sql`r.id = ${id}`);

export const runByExternalId = (reader: Reader, externalId: string): Promise<StoredRun | undefined> =>
  one(reader, sql`r.external_id = ${externalId}`);

async function one(reader: Reader, condition: Sql): Promise<StoredRun | undefined> {
  const row = await reader.get<RunRow & { scope_key: string }>(sql`
    select r.id, r.external_id, r.status, r.trust, r.seq, r.working_set, r.origin, r.created_at, r.updated_at, s.key as scope_key
    from run r join scope s on s.namespace = r.namespace and s.id = r.scope_id where r.namespace = ${reader.namespace} and ${condition}`);
  return row && withScope(row);
}

export type Advance = Pick<RunRow, 'status' | 'seq' | 'working_set'> & {
  readonly expectedSeq: number;
  readonly at: number;
};

/** Compare and set: false, and nothing changed, unless the run is at `expectedSeq`. */
export async function advanceRun(
  writer: Writer,
  id: string,
  { expectedSeq, at, status, seq, working_set }: Advance,
): Promise<boolean> {
  const changed = await writer.run(sql`
    update run set status = ${status}, seq = ${seq}, working_set = ${working_set}, updated_at = ${at}
    where namespace = ${writer.namespace} and id = ${id} and seq = ${expectedSeq}`);
  return changed === 1;
}

export async function touchRun(writer: Writer, id: string, at: number): Promise<void> {
  await writer.run(
    sql`update run set updated_at = ${at} where namespace = ${writer.namespace} and id = ${id}`,
  );
}

export async function deleteRuns(writer: Writer, ids: readonly string[]): Promise<void> {
  await writer.run(sql`delete from run where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

/** What load_by_scope shows of a run that goes on. `updated_at` is Unix milliseconds. */
export type OpenRun = Pick<RunRow, 'id' | 'external_id' | 'status' | 'trust' | 'seq' | 'updated_at'> & {
  readonly objective: string;
  readonly next_action: string;
};

/**
 * Runs that are neither DONE nor FAILED, newest first: those of the few scopes that the filter names, or by walking
 * them in that order until there are enough.
 */
export async function openRuns(reader: Reader, scope: ScopeFilter, limit: number): Promise<OpenRun[]> {
  const { apart, jsonText } = reader.dialect.pieces;
  const few = await selectiveFilter(reader, scope);
  const named = sql`r.scope_id in (select s.id from scope s where s.namespace = ${reader.namespace} and ${inScope(reader.namespace, sql`s.id`, few ?? scope)})`;
  // Apart from its index keeps the planner from walking all runs in order when there are few to sort.
  const order = few
    ? sql`${apart(sql`r.updated_at`)} desc, ${apart(sql`r.id`)} desc`
    : sql`r.updated_at desc, r.id desc`;
  return reader.all(sql`
    select r.id, r.external_id, r.status, r.trust, r.seq, r.updated_at,
      ${jsonText(sql`r.working_set`, 'objective')} as objective, ${jsonText(sql`r.working_set`, 'next_action')} as next_action
    from run r where r.namespace = ${reader.namespace} and r.status not in ('DONE', 'FAILED')
      and ${few ? named : sql`1 = 1`} and ${passesScope(reader.namespace, sql`r.scope_id`, scope)}
    order by ${order} limit ${limit}`);
}

export type ListedRun = { readonly id: string; readonly objective: string };

/** Runs of a scope in order of id, after one. */
export const pageRuns = (reader: Reader, { afterId = '', limit, scope }: ScopedPage): Promise<ListedRun[]> =>
  reader.all(sql`
    select r.id, ${reader.dialect.pieces.jsonText(sql`r.working_set`, 'objective')} as objective from run r
    where r.namespace = ${reader.namespace} and r.id > ${afterId} and ${inScope(reader.namespace, sql`r.scope_id`, scope)}
    order by r.id limit ${limit}`);

/** Ids that begin so, newest first. */
export const runIdsWithPrefix: ByPrefix = (reader, prefix, scope) =>
  reader.all(sql`
    select r.id from run r
    where r.namespace = ${reader.namespace} and ${beginsWith(sql`r.id`, prefix)}
      and ${inScope(reader.namespace, sql`r.scope_id`, scope)} order by r.id desc limit ${COMPLETED}`);

/** Every run with its scope's key, for verification. */
export const allRuns = (reader: Reader): AsyncGenerator<RunRow & { readonly scope_key: string | null }> =>
  everyRow({ by: 'id', from: '' }, after =>
    reader.all(sql`
      select r.id, r.external_id, r.status, r.trust, r.seq, r.working_set, r.origin, r.created_at, r.updated_at, s.key as scope_key
      from run r left join scope s on s.namespace = r.namespace and s.id = r.scope_id
      where r.namespace = ${reader.namespace} and r.id > ${after} order by r.id limit 1000`),
  );

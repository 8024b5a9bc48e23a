import type { ScopedPage } from '../schema/listing.js';
import type { Trust } from '../schema/memory.js';
import type { Scope } from '../schema/scope.js';
import { type ByPrefix, COMPLETED } from './completing.js';
import { inScope, withScope } from './scopes.js';
import { anyOf, beginsWith, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A session as its row holds it. Times are Unix milliseconds, limits tokens; null where nothing was said. */
export type SessionRow = {
  readonly id: string;
  readonly external_id: string | null;
  readonly trust: Trust;
  readonly model: string | null;
  readonly context_limit: number | null;
  readonly max_output: number | null;
  /** Of the newest message there ever was; numbers are not given twice. */
  readonly last_sequence: number;
  readonly created_at: number;
  readonly updated_at: number;
  /** When it was deleted as a whole, until something is appended again. */
  readonly hidden_at: number | null;
};

export type StoredSession = SessionRow & { readonly scope: Scope };

export async function insertSession(
  writer: Writer,
  row: SessionRow & { readonly scope_id: number },
): Promise<void> {
  await writer.run(sql`
    insert into session (namespace, id, external_id, scope_id, trust, model, context_limit, max_output, last_sequence, created_at,
      updated_at, hidden_at)
    values (${writer.namespace}, ${row.id}, ${row.external_id}, ${row.scope_id}, ${row.trust}, ${row.model}, ${row.context_limit},
      ${row.max_output}, ${row.last_sequence}, ${row.created_at}, ${row.updated_at}, ${row.hidden_at})`);
}

/** Writes everything about a session that may change. */
export async function updateSession(writer: Writer, row: SessionRow): Promise<void> {
  await writer.run(sql`
    update session set trust = ${row.trust}, model = ${row.model}, context_limit = ${row.context_limit},
      max_output = ${row.max_output}, last_sequence = ${row.last_sequence}, updated_at = ${row.updated_at},
      hidden_at = ${row.hidden_at}
    where namespace = ${writer.namespace} and id = ${row.id}`);
}

export const sessionById = (reader: Reader, id: string): Promise<StoredSession | undefined> =>
  one(reader, sql`e.id = ${id}`);

export const sessionByExternalId = (reader: Reader, externalId: string): Promise<StoredSession | undefined> =>
  one(reader, sql`e.external_id = ${externalId}`);

async function one(reader: Reader, condition: Sql): Promise<StoredSession | undefined> {
  const row = await reader.get<SessionRow & { scope_key: string }>(sql`
    select e.id, e.external_id, e.trust, e.model, e.context_limit, e.max_output, e.last_sequence, e.created_at, e.updated_at,
      e.hidden_at, s.key as scope_key
    from session e join scope s on s.namespace = e.namespace and s.id = e.scope_id where e.namespace = ${reader.namespace} and ${condition}`);
  return row && withScope(row);
}

export type ListedSession = Pick<SessionRow, 'id' | 'external_id' | 'updated_at'>;

/** Sessions that were not deleted, in order of id, after one. */
export const pageSessions = (
  reader: Reader,
  { afterId = '', limit, scope }: ScopedPage,
): Promise<ListedSession[]> =>
  reader.all(sql`
    select e.id, e.external_id, e.updated_at from session e
    where e.namespace = ${reader.namespace} and e.hidden_at is null and e.id > ${afterId}
      and ${inScope(reader.namespace, sql`e.scope_id`, scope)}
    order by e.id limit ${limit}`);

/** Ids that begin so, newest first. */
export const sessionIdsWithPrefix: ByPrefix = (reader, prefix, scope) =>
  reader.all(sql`
    select e.id from session e
    where e.namespace = ${reader.namespace} and e.hidden_at is null and ${beginsWith(sql`e.id`, prefix)}
      and ${inScope(reader.namespace, sql`e.scope_id`, scope)} order by e.id desc limit ${COMPLETED}`);

/** Every session with its scope's key, for verification. */
export const allSessions = (reader: Reader): Promise<(SessionRow & { scope_key: string | null })[]> =>
  reader.all(sql`
    select e.id, e.external_id, e.trust, e.model, e.context_limit, e.max_output, e.last_sequence, e.created_at, e.updated_at,
      e.hidden_at, s.key as scope_key
    from session e left join scope s on s.namespace = e.namespace and s.id = e.scope_id where e.namespace = ${reader.namespace}`);

/** Their messages and bodies have to be gone already. */
export async function deleteSessions(writer: Writer, ids: readonly string[]): Promise<void> {
  await writer.run(sql`delete from session where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

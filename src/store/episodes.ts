import type { ScopedPage } from '../schema/listing.js';
import type { Scope } from '../schema/scope.js';
import { type ByPrefix, COMPLETED } from './completing.js';
import { deletePassages } from './passages.js';
import { inScope, withScope } from './scopes.js';
import { anyOf, beginsWith, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** `created_at` is Unix milliseconds; `hash` is that of the body, which lies under the episode's id. */
export type EpisodeRow = {
  readonly id: string;
  readonly run_id: string;
  readonly number: number;
  readonly created_at: number;
  readonly hash: string;
};

export async function insertEpisode(writer: Writer, row: EpisodeRow): Promise<void> {
  await writer.run(sql`
    insert into episode (namespace, id, run_id, number, created_at, hash)
    values (${writer.namespace}, ${row.id}, ${row.run_id}, ${row.number}, ${row.created_at}, ${row.hash})`);
}

export type StoredEpisode = EpisodeRow & {
  readonly content: string;
  readonly trust: string;
  readonly scope: Scope;
};

/** With its body and the scope and trust of its run. */
export async function findEpisode(reader: Reader, id: string): Promise<StoredEpisode | undefined> {
  const row = await reader.get<Omit<StoredEpisode, 'scope'> & { scope_key: string }>(sql`
    select e.id, e.run_id, e.number, e.created_at, e.hash, b.content, r.trust, s.key as scope_key
    from episode e join body b on b.namespace = e.namespace and b.owner = e.id
      join run r on r.namespace = e.namespace and r.id = e.run_id join scope s on s.namespace = r.namespace and s.id = r.scope_id
    where e.namespace = ${reader.namespace} and e.id = ${id}`);
  return row && withScope(row);
}

/** Body of a run's episode with this number, unless it was purged. */
export async function episodeBody(
  reader: Reader,
  runId: string,
  number: number,
): Promise<string | undefined> {
  const row = await reader.get<{ content: string }>(sql`
    select b.content from episode e join body b on b.namespace = e.namespace and b.owner = e.id
    where e.namespace = ${reader.namespace} and e.run_id = ${runId} and e.number = ${number}`);
  return row?.content;
}

/** Episodes of these runs, in order. */
export const episodesOf = (reader: Reader, runIds: readonly string[]): Promise<EpisodeRow[]> =>
  reader.all(sql`
    select id, run_id, number, created_at, hash from episode
    where namespace = ${reader.namespace} and run_id in ${anyOf(runIds)} order by run_id, number`);

export const episodesById = (reader: Reader, ids: readonly string[]): Promise<EpisodeRow[]> =>
  reader.all(sql`
    select id, run_id, number, created_at, hash from episode
    where namespace = ${reader.namespace} and id in ${anyOf(ids)} order by id`);

/** The database lets only those go that a PURGE event names. */
export async function deleteEpisodes(writer: Writer, ids: readonly string[]): Promise<void> {
  await deletePassages(writer, ids);
  await writer.run(sql`delete from episode where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

export type ListedEpisode = { readonly id: string; readonly number: number; readonly reason: string };

/** Episodes of a scope's runs in order of id, after one. */
export const pageEpisodes = (
  reader: Reader,
  { afterId = '', limit, scope }: ScopedPage,
): Promise<ListedEpisode[]> =>
  reader.all(sql`
    select e.id, e.number, ${reader.dialect.pieces.jsonText(sql`b.content`, 'reason')} as reason
    from episode e join run r on r.namespace = e.namespace and r.id = e.run_id
      join body b on b.namespace = e.namespace and b.owner = e.id
    where e.namespace = ${reader.namespace} and e.id > ${afterId} and ${inScope(reader.namespace, sql`r.scope_id`, scope)}
    order by e.id limit ${limit}`);

/** Ids that begin so, newest first. */
export const episodeIdsWithPrefix: ByPrefix = (reader, prefix, scope) =>
  reader.all(sql`
    select e.id from episode e join run r on r.namespace = e.namespace and r.id = e.run_id
    where e.namespace = ${reader.namespace} and ${beginsWith(sql`e.id`, prefix)}
      and ${inScope(reader.namespace, sql`r.scope_id`, scope)} order by e.id desc limit ${COMPLETED}`);

export const allEpisodes = (reader: Reader): Promise<EpisodeRow[]> =>
  reader.all(sql`
    select id, run_id, number, created_at, hash from episode where namespace = ${reader.namespace} order by id`);

import type { MemoryStatus, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { statusThen } from './memories.js';
import { passesScope } from './scope-lookup.js';
import { inScope } from './scopes.js';
import { anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import { inSet, type SomeVectors } from './vectors.js';

/** Analysed text of one memory, tokens joined by spaces. `scope` holds filter tokens and weighs nothing. */
export type IndexedText = { readonly own: string; readonly context: string; readonly scope: string };

export async function insertText(
  writer: Writer,
  number: number,
  { own, context, scope }: IndexedText,
): Promise<void> {
  await writer.run(
    sql`insert into memory_text (rowid, own, context, scope) values (${number}, ${own}, ${context}, ${scope})`,
  );
}

export async function deleteTexts(writer: Writer, ids: readonly string[]): Promise<void> {
  await writer.run(sql`
    delete from memory_text where rowid in
      (select number from memory where namespace = ${writer.namespace} and id in ${anyOf(ids)})`);
}

/** What narrows a search besides its words. Times are Unix milliseconds. */
export type MemoryFilter = {
  readonly scope: ScopeFilter;
  readonly statuses: readonly MemoryStatus[];
  readonly types: readonly MemoryType[];
  readonly since?: number;
  readonly until?: number;
  /** System time: only what was known then, with the status it had then. Omitted means now. */
  readonly asOf?: number;
  /** World time: only what holds then. */
  readonly validAt: number;
};

export type FoundMemory = {
  readonly id: string;
  readonly number: number;
  /** BM25, larger is better (FTS5's own is negative). */
  readonly raw: number;
  readonly status: MemoryStatus;
  readonly importance: number;
  readonly created_at: number;
  readonly superseded_by: string | null;
};

export type TextQuery = {
  readonly match: string;
  readonly filter: MemoryFilter;
  readonly limit: number;
  /** Only these ids; omitted means any. */
  readonly among?: readonly string[];
};

/** The best matches of an FTS5 expression among the rows that pass the filter, best first, ties by id. */
export const searchText = (
  reader: Reader,
  { match, filter, limit, among }: TextQuery,
): Promise<FoundMemory[]> =>
  reader.all(sql`
    select ${listed(filter)}, -memory_text.rank as raw
    from memory_text join memory m on m.number = memory_text.rowid
    where memory_text match ${match} and ${memoryPasses(reader.namespace, filter)}
      and ${among ? sql`m.id in ${anyOf(among)}` : sql`1 = 1`}
    order by memory_text.rank, m.id limit ${limit}`);

/** How many rows match and pass. On its own, since a window over the ranked rows costs as much as ranking them. */
export async function countText(
  reader: Reader,
  { match, filter }: Pick<TextQuery, 'match' | 'filter'>,
): Promise<number> {
  const row = await reader.get<{ count: number }>(sql`
    select count(*) as count from memory_text join memory m on m.number = memory_text.rowid
    where memory_text match ${match} and ${memoryPasses(reader.namespace, filter)}`);
  return row?.count ?? 0;
}

/** Those of some rows that pass. */
export const passingMemories = (
  reader: Reader,
  filter: MemoryFilter,
  numbers: readonly number[],
): Promise<Omit<FoundMemory, 'raw'>[]> =>
  reader.all(sql`
    select ${listed(filter)} from ${anyOf(numbers)} n cross join memory m on m.number = n.value
    where ${memoryPasses(reader.namespace, filter)}`);

/** Those that pass of the rows that some vectors belong to, each with the id of its vector. */
export const memoriesOfVectors = (
  reader: Reader,
  filter: MemoryFilter,
  { set, ids }: SomeVectors,
): Promise<(Omit<FoundMemory, 'raw'> & { readonly vector: number })[]> =>
  reader.all(sql`
    select v.id as vector, ${listed(filter)}
    from ${anyOf(ids)} chosen cross join vector v on v.id = chosen.value cross join memory m on m.number = v.number
    where ${inSet(reader.namespace, set)} and ${memoryPasses(reader.namespace, filter)}`);

const listed = (
  filter: MemoryFilter,
): Sql => sql`m.id, m.number, ${statusOf(filter)} as status, m.importance, m.created_at,
  ${successorOf(filter)} as superseded_by`;

export type Content = { readonly id: string; readonly content: string };

/** Contents that pass the filter, newest first, in pages: for searches that FTS cannot answer. */
export const scanContents = (
  reader: Reader,
  filter: MemoryFilter,
  { beforeId, limit }: { readonly beforeId: string; readonly limit: number },
): Promise<(Content & Omit<FoundMemory, 'raw'>)[]> =>
  reader.all(sql`
    select ${listed(filter)}, json_extract(b.content, '$.content') as content
    from memory m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.id < ${beforeId} and ${memoryPasses(reader.namespace, filter)} order by m.id desc limit ${limit}`);

export async function countPassing(reader: Reader, filter: MemoryFilter): Promise<number> {
  const row = await reader.get<{ count: number }>(
    sql`select count(*) as count from memory m where ${memoryPasses(reader.namespace, filter)}`,
  );
  return row?.count ?? 0;
}

/** A condition on a row `m`. */
export function memoryPasses(namespace: string, filter: MemoryFilter): Sql {
  const types = filter.types.length === 0 ? sql`1 = 1` : sql`m.type in ${anyOf(filter.types)}`;
  const known = filter.asOf === undefined ? sql`1 = 1` : sql`m.created_at <= ${filter.asOf}`;
  return sql`m.namespace = ${namespace} and ${known} and ${statusOf(filter)} in ${anyOf(filter.statuses)} and ${types}
    and m.created_at >= ${filter.since ?? 0} and m.created_at < ${filter.until ?? Number.MAX_SAFE_INTEGER}
    and (m.valid_from is null or m.valid_from <= ${filter.validAt}) and (m.valid_to is null or m.valid_to > ${filter.validAt})
    and ${inScope(namespace, sql`m.scope_id`, filter.scope)}`;
}

const statusOf = ({ asOf }: MemoryFilter): Sql => (asOf === undefined ? sql`m.status` : statusThen(asOf));

/** What is superseded stays so, hence its status tells whether it had its successor. */
const successorOf = ({ asOf }: MemoryFilter): Sql =>
  asOf === undefined
    ? sql`m.superseded_by`
    : sql`case when ${statusThen(asOf)} = 'superseded' then m.superseded_by end`;

/** How many rows hold a stemmed term. */
export async function documentFrequency(reader: Reader, stemmedTerm: string): Promise<number> {
  const row = await reader.get<{ doc: number }>(sql`select doc from memory_term where term = ${stemmedTerm}`);
  return row?.doc ?? 0;
}

/** An upper bound of the number of memories, without counting them. */
export async function highestNumber(reader: Reader): Promise<number> {
  const row = await reader.get<{ number: number | null }>(sql`select max(number) as number from memory`);
  return row?.number ?? 0;
}

/**
 * For each set of analysed words the row numbers of the newest memories that hold all of them. Unranked: BM25 would
 * visit them all. In any column: to look at one alone costs as much again, and scope names are common words.
 */
export async function newestHolding(
  reader: Reader,
  sets: readonly (readonly string[])[],
  limit: number,
): Promise<number[][]> {
  const matches = sets.map(words => words.map(word => `"${word}"`).join(' '));
  const rows = await reader.all<{ numbers: string }>(sql`
    select (select json_group_array(rowid) from
      (select rowid from memory_text where memory_text match asked.value order by rowid desc limit ${limit})) as numbers
    from json_each(${JSON.stringify(matches)}) asked order by asked.key`);
  return rows.map(({ numbers }): number[] => JSON.parse(numbers));
}

export type TextRow = {
  readonly number: number;
  readonly id: string;
  readonly type: MemoryType;
  readonly own: string;
};

/** Those of the rows that are active or proposed in a scope, with their analysed text. */
export const rowsByNumber = (
  reader: Reader,
  numbers: readonly number[],
  scope: ScopeFilter,
): Promise<TextRow[]> =>
  reader.all(sql`
    select m.number, m.id, m.type, t.own from memory m join memory_text t on t.rowid = m.number
    where m.number in ${anyOf(numbers)} and m.namespace = ${reader.namespace} and m.status in ('active', 'proposed')
      and ${passesScope(reader.namespace, sql`m.scope_id`, scope)}`);

export type IndexRow = IndexedText & { readonly number: number };

export const indexRows = (reader: Reader, after: number, limit: number): Promise<IndexRow[]> =>
  reader.all(
    sql`select rowid as number, own, context, scope from memory_text where rowid > ${after} order by rowid limit ${limit}`,
  );

import type { MemoryStatus, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { numbersOf, statusThen } from './memories.js';
import { scopePasses } from './scope-lookup.js';
import { among, anyNumber, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import { inSet, type SomeVectors } from './vectors.js';

/** Analysed text of one memory, tokens joined by spaces. `scope` holds filter tokens and weighs nothing. */
export type IndexedText = { readonly own: string; readonly context: string; readonly scope: string };

export const insertTexts = (writer: Writer, rows: readonly IndexRow[]): Promise<void> =>
  writer.dialect.memoryText.insert(writer, rows);

export const deleteTexts = (writer: Writer, ids: readonly string[]): Promise<void> =>
  writer.dialect.memoryText.remove(writer, numbersOf(writer.namespace, ids));

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
  /** BM25, larger is better. */
  readonly raw: number;
  readonly status: MemoryStatus;
  readonly importance: number;
  readonly created_at: number;
  readonly superseded_by: string | null;
};

/** A row of a search, each with how many match and pass in all. */
export type Counted<Row> = Row & { readonly matches: number };

/** Which rows a search finds by their words. Terms are analysed and not stemmed. */
export type TextMatch = {
  /** Whether a row must hold one of the terms, or every one and every deferred one. */
  readonly need: 'any' | 'all';
  readonly terms: readonly string[];
  /** Terms so common that they only add to the score. */
  readonly deferred: readonly string[];
  /** Scope tokens of which a row must hold one; empty for any. */
  readonly scopes: readonly string[];
  /** About how many rows that is, where it is known. */
  readonly rows?: number;
};

export type TextQuery = {
  readonly match: TextMatch;
  readonly filter: MemoryFilter;
  readonly limit: number;
  /** With which statuses a match counts; omitted means with any that passes. */
  readonly counted?: readonly MemoryStatus[];
  /** Only these ids; omitted means any. */
  readonly among?: readonly string[];
  /** Not these row numbers. They are not ranked either, which is what takes long. */
  readonly except?: readonly number[];
};

/** The best matches among the rows that pass the filter, best first, ties in an order of their own that stays. */
export const searchText = (reader: Reader, query: TextQuery): Promise<Counted<FoundMemory>[]> =>
  reader.dialect.memoryText.search(reader, query);

/** Those of some rows that pass. */
export const passingMemories = (
  reader: Reader,
  filter: MemoryFilter,
  numbers: readonly number[],
): Promise<Omit<FoundMemory, 'raw'>[]> =>
  reader.all(sql`
    select ${listed(filter)} from ${anyNumber(numbers)} n cross join memory m
    where m.number = n.value and ${memoryPasses(reader.namespace, filter, numbers.length)}`);

/** Those that pass of the rows that some vectors belong to, each with the id of its vector. */
export const memoriesOfVectors = (
  reader: Reader,
  filter: MemoryFilter,
  { set, ids }: SomeVectors,
): Promise<(Omit<FoundMemory, 'raw'> & { readonly vector: number })[]> =>
  reader.all(sql`
    select v.id as vector, ${listed(filter)}
    from ${anyNumber(ids)} chosen cross join ${reader.dialect.vectors.table} v cross join memory m
    where v.id = chosen.value and m.number = v.number and ${inSet(reader.namespace, set)}
      and ${memoryPasses(reader.namespace, filter, ids.length)}`);

/** What is read of a row `m`. */
export const listed = (
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
    select ${listed(filter)}, ${reader.dialect.pieces.jsonText(sql`b.content`, 'content')} as content
    from memory m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.id < ${beforeId} and ${memoryPasses(reader.namespace, filter)} order by m.id desc limit ${limit}`);

export const countPassing = (reader: Reader, filter: MemoryFilter): Promise<number> =>
  reader.count(sql`select count(*) as count from memory m where ${memoryPasses(reader.namespace, filter)}`);

/** A condition on a row `m`, for about so many rows. */
export function memoryPasses(namespace: string, filter: MemoryFilter, rows = Number.POSITIVE_INFINITY): Sql {
  const types = filter.types.length === 0 ? sql`1 = 1` : sql`${among(sql`m.type`, filter.types)}`;
  const known = filter.asOf === undefined ? sql`1 = 1` : sql`m.created_at <= ${filter.asOf}`;
  return sql`m.namespace = ${namespace} and ${known} and ${among(statusOf(filter), filter.statuses)} and ${types}
    and m.created_at >= ${filter.since ?? 0} and m.created_at < ${filter.until ?? Number.MAX_SAFE_INTEGER}
    and (m.valid_from is null or m.valid_from <= ${filter.validAt}) and (m.valid_to is null or m.valid_to > ${filter.validAt})
    and ${scopePasses(namespace, sql`m.scope_id`, { scope: filter.scope, rows })}`;
}

/** Whether a row `m` that passes counts. */
export const counts = ({ filter, counted }: TextQuery): Sql =>
  counted ? among(statusOf(filter), counted) : sql`1 = 1`;

const statusOf = ({ asOf }: MemoryFilter): Sql => (asOf === undefined ? sql`m.status` : statusThen(asOf));

/** What is superseded stays so, hence its status tells whether it had its successor. */
const successorOf = ({ asOf }: MemoryFilter): Sql =>
  asOf === undefined
    ? sql`m.superseded_by`
    : sql`case when ${statusThen(asOf)} = 'superseded' then m.superseded_by end`;

/** How many rows hold each stemmed term that any row holds. */
export const documentFrequencies = (
  reader: Reader,
  stemmedTerms: readonly string[],
): Promise<ReadonlyMap<string, number>> => reader.dialect.memoryText.frequencies(reader, stemmedTerms);

/** An upper bound of the number of memories, without counting them. */
export async function highestNumber(reader: Reader): Promise<number> {
  const row = await reader.get<{ number: number | null }>(
    reader.dialect.pieces.highest(sql`memory`, reader.namespace),
  );
  return row?.number ?? 0;
}

/**
 * For each set of analysed words the row numbers of the newest memories that hold all of them. Unranked: BM25 would
 * visit them all. In any column: to look at one alone costs as much again, and scope names are common words.
 */
export const newestHolding = (
  reader: Reader,
  sets: readonly (readonly string[])[],
  limit: number,
): Promise<readonly number[][]> => reader.dialect.memoryText.newestHolding(reader, sets, limit);

/** Every stemmed word that any memory holds, among others. */
export const indexedWords = (reader: Reader): Promise<readonly string[]> =>
  reader.dialect.memoryText.words(reader);

export type PlacedMemory = {
  readonly number: number;
  readonly id: string;
  readonly type: MemoryType;
  /** Whether it is active already. */
  readonly holds: boolean;
  readonly graph_nodes: readonly string[];
  readonly valid_from: number | null;
  readonly valid_to: number | null;
};

/** Those of the rows that are active or proposed, and where they belong. */
export async function rowsByNumber(reader: Reader, numbers: readonly number[]): Promise<PlacedMemory[]> {
  type Row = Omit<PlacedMemory, 'holds' | 'graph_nodes'> & { status: MemoryStatus; graph_nodes: string };
  const rows = await reader.all<Row>(sql`
    select m.number, m.id, m.type, m.status, m.valid_from, m.valid_to, s.graph_nodes
    from ${anyNumber(numbers)} n cross join memory m cross join scope s
    where m.namespace = ${reader.namespace} and m.number = n.value and m.status in ('active', 'proposed')
      and s.namespace = m.namespace and s.id = m.scope_id`);
  return rows.map(({ status, graph_nodes, ...row }) => ({
    ...row,
    holds: status === 'active',
    graph_nodes: JSON.parse(graph_nodes),
  }));
}

/** The analysed text of some rows. */
export const ownTexts = (
  reader: Reader,
  numbers: readonly number[],
): Promise<Pick<IndexRow, 'number' | 'own'>[]> =>
  reader.all(sql`
    select m.number, t.own from ${anyNumber(numbers)} n cross join memory m cross join memory_text t
    where m.namespace = ${reader.namespace} and m.number = n.value and ${reader.dialect.pieces.textOf(sql`m`)}`);

export type IndexRow = IndexedText & { readonly number: number };

export const indexRows = (reader: Reader, after: number, limit: number): Promise<IndexRow[]> =>
  reader.dialect.memoryText.rowsAfter(reader, after, limit);

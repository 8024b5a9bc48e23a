import type { ScopedPage } from '../schema/listing.js';
import type { Memory, MemoryBody, MemoryStatus, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { type ByPrefix, COMPLETED } from './completing.js';
import { type Cells, type Into, insertNumbered } from './insert.js';
import { passesScope } from './scope-lookup.js';
import { inScope } from './scopes.js';
import { anyNumber, anyOf, beginsWith, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

export type NewMemory = {
  readonly id: string;
  readonly batch_id: string;
  readonly body: MemoryBody;
  readonly scope_id: number;
  readonly fingerprint: string;
  readonly created_at: number;
  /** Null while it is proposed. */
  readonly committed_at: number | null;
};

/** Returns the row number of each, which its search index rows share. */
export const insertMemories = (writer: Writer, memories: readonly NewMemory[]): Promise<number[]> =>
  insertNumbered(writer, MEMORIES, memories.map(cellsOf));

const MEMORIES: Into = {
  table: 'memory',
  columns: [
    ...['id', 'batch_id', 'type', 'status', 'trust', 'importance', 'scope_id', 'fingerprint'],
    ...['created_at', 'committed_at', 'valid_from', 'valid_to'],
  ],
};

const cellsOf = ({
  id,
  batch_id,
  body,
  scope_id,
  fingerprint,
  created_at,
  committed_at,
}: NewMemory): Cells => [
  ...[id, batch_id, body.type, committed_at === null ? 'proposed' : 'active', body.trust, body.importance],
  ...[scope_id, fingerprint, created_at, committed_at, body.valid_from, body.valid_to],
];

/** What some memories say, by row number. */
export async function memoryTexts(reader: Reader, numbers: readonly number[]): Promise<Map<number, string>> {
  const rows = await reader.all<{ number: number; text: string }>(sql`
    select m.number, ${reader.dialect.pieces.jsonText(sql`b.content`, 'content')} as text
    from ${anyNumber(numbers)} n cross join memory m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.namespace = ${reader.namespace} and m.number = n.value`);
  return new Map(rows.map(({ number, text }) => [number, text]));
}

/** What some memories say, by id, and nothing else of them. */
export async function contentsOf(reader: Reader, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.all<{ id: string; content: string }>(sql`
    select owner as id, ${reader.dialect.pieces.jsonText(sql`content`, 'content')} as content
    from body where namespace = ${reader.namespace} and owner in ${anyOf(ids)}`);
  return new Map(rows.map(({ id, content }) => [id, content]));
}

type Row = Pick<
  Memory,
  'id' | 'batch_id' | 'status' | 'superseded_by' | 'created_at' | 'committed_at' | 'hash'
> & { content: string };

/** Not one that was purged. */
const SUCCESSOR = sql`(select s.id from memory s
  where s.namespace = m.namespace and s.id = m.superseded_by) as superseded_by`;

const memories = (reader: Reader, condition: Sql): Promise<Memory[]> =>
  reader
    .all<Row>(sql`
      select m.id, m.batch_id, m.status, ${SUCCESSOR}, m.created_at, m.committed_at, b.hash, b.content
      from memory m join body b on b.namespace = m.namespace and b.owner = m.id
      where m.namespace = ${reader.namespace} and ${condition}`)
    .then(rows => rows.map(toMemory));

/** In the order of `ids`, without those that do not exist or, where a scope is given, lie outside it. */
export async function findMemories(
  reader: Reader,
  ids: readonly string[],
  { scope }: { readonly scope?: ScopeFilter | undefined } = {},
): Promise<Memory[]> {
  const within = scope ? inScope(reader.namespace, sql`m.scope_id`, scope) : sql`1 = 1`;
  const rows = await memories(reader, sql`m.id in ${anyOf(ids)} and ${within}`);
  const found = new Map(rows.map(memory => [memory.id, memory]));
  return ids.flatMap(id => found.get(id) ?? []);
}

/** Row numbers of memories. */
export async function memoryNumbers(reader: Reader, ids: readonly string[]): Promise<number[]> {
  const rows = await reader.all<{ number: number }>(numbersOf(reader.namespace, ids));
  return rows.map(({ number }) => number);
}

export type NumberedMemory = { readonly number: number; readonly id: string };

/** Memories from a row number on, by number. */
export const memoriesFrom = (reader: Reader, number: number, limit: number): Promise<NumberedMemory[]> =>
  reader.all(sql`
    select number, id from memory where namespace = ${reader.namespace} and number >= ${number}
    order by number limit ${limit}`);

/** The memory with the highest row number. */
export const newestMemory = (reader: Reader): Promise<NumberedMemory | undefined> =>
  reader.get(sql`
    select number, id from memory
    where namespace = ${reader.namespace} and number = (${reader.dialect.pieces.highest(sql`memory`, reader.namespace)})`);

/** Ids of whatever replaced these memories, and of what replaced that, to the end. */
export async function successorIds(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const found = await successions(reader, ids);
  return [...new Set(found.map(({ successor }) => successor))].sort();
}

export type Succession = { readonly id: string; readonly successor: string };

/** What replaced these memories, and what replaced that, to the end: each step once. */
export const successions = (reader: Reader, ids: readonly string[]): Promise<Succession[]> =>
  reader.all(sql`
    with recursive succession (id, successor) as (
      select id, superseded_by from memory
      where namespace = ${reader.namespace} and id in ${anyOf(ids)} and superseded_by is not null
      union
      select m.id, m.superseded_by from succession s join memory m on m.namespace = ${reader.namespace} and m.id = s.successor
      where m.superseded_by is not null)
    select id, successor from succession`);

export type MemoryPage = ScopedPage & { readonly statuses: readonly MemoryStatus[] };

/** Memories by id, newest last, so that a page can go on after the last id seen. */
export const pageMemories = (
  reader: Reader,
  { afterId = '', limit, statuses, scope }: MemoryPage,
): Promise<Memory[]> =>
  memories(
    reader,
    sql`m.status in ${anyOf(statuses)} and m.id > ${afterId} and ${inScope(reader.namespace, sql`m.scope_id`, scope)} order by m.id limit ${limit}`,
  );

export type MemoryState = Pick<
  Memory,
  'id' | 'status' | 'superseded_by' | 'batch_id' | 'created_at' | 'committed_at'
> & { readonly type: string; readonly importance: number };

export const memoryStates = (reader: Reader, ids: readonly string[]): Promise<MemoryState[]> =>
  reader.all(sql`
    select m.id, m.status, ${SUCCESSOR}, m.batch_id, m.created_at, m.committed_at, m.type, m.importance from memory m
    where m.namespace = ${reader.namespace} and m.id in ${anyOf(ids)}`);

/** The status a memory had at a time; undefined when it did not exist yet. */
export async function statusAt(reader: Reader, id: string, at: number): Promise<MemoryStatus | undefined> {
  const row = await reader.get<{ status: MemoryStatus }>(sql`
    select ${statusThen(at)} as status from memory m
    where m.namespace = ${reader.namespace} and m.id = ${id} and m.created_at <= ${at}`);
  return row?.status;
}

/** An expression over `memory m`: its status at a time at or after its creation. */
export const statusThen = (at: number): Sql => sql`coalesce(
  (select s.status from memory_state s where s.namespace = m.namespace and s.memory_id = m.id and s.at <= ${at} order by s.sequence desc limit 1),
  case when m.committed_at <= ${at} then 'active' else 'proposed' end)`;

export async function commitMemories(writer: Writer, ids: readonly string[], at: number): Promise<void> {
  await writer.run(sql`
    update memory set status = 'active', committed_at = ${at}
    where namespace = ${writer.namespace} and id in ${anyOf(ids)} and status = 'proposed'`);
}

export type Transition = {
  readonly from: MemoryStatus;
  readonly to: MemoryStatus;
  readonly at: number;
  readonly sequence: number;
  readonly superseded_by?: string;
};

/** Moves a memory on and remembers when, for `as_of`. False when it is not in the expected status any more. */
export async function moveMemory(
  writer: Writer,
  id: string,
  { from, to, at, sequence, superseded_by }: Transition,
): Promise<boolean> {
  const changed = await writer.run(sql`
    update memory set status = ${to}, superseded_by = ${superseded_by ?? null}
    where namespace = ${writer.namespace} and id = ${id} and status = ${from}`);
  if (changed === 0) return false;
  await writer.run(
    sql`insert into memory_state values (${writer.namespace}, ${id}, ${at}, ${sequence}, ${to})`,
  );
  return true;
}

/** A select of the row numbers of some memories. */
export const numbersOf = (namespace: string, ids: readonly string[]): Sql =>
  sql`select number from memory where namespace = ${namespace} and id in ${anyOf(ids)}`;

export async function deleteMemories(writer: Writer, ids: readonly string[]): Promise<void> {
  await writer.run(
    sql`delete from memory_state where namespace = ${writer.namespace} and memory_id in ${anyOf(ids)}`,
  );
  await writer.run(sql`delete from memory where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

/** Those of the fingerprints that any memory has, active or still proposed. */
export async function knownFingerprints(
  reader: Reader,
  fingerprints: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await reader.all<{ value: string }>(sql`
    select f.value from ${anyOf(fingerprints)} f where exists (
      select 1 from memory m where m.namespace = ${reader.namespace} and m.fingerprint = f.value
        and m.status in ('active', 'proposed'))`);
  return new Set(rows.map(({ value }) => value));
}

/** Memories of a scope with one of these normalised texts, active or still proposed; the oldest when there are very many. */
export const sameFingerprints = (
  reader: Reader,
  fingerprints: readonly string[],
  scope: ScopeFilter,
): Promise<{ id: string; fingerprint: string }[]> =>
  reader.all(sql`
    select m.id, m.fingerprint from memory m
    where m.namespace = ${reader.namespace} and m.fingerprint in ${anyOf(fingerprints)} and m.status in ('active', 'proposed')
      and ${passesScope(reader.namespace, sql`m.scope_id`, scope)} order by m.id limit 500`);

export const idsInScope = (
  reader: Reader,
  scope: ScopeFilter,
  statuses: readonly MemoryStatus[],
): Promise<{ id: string }[]> =>
  reader.all(sql`
    select m.id from memory m
    where m.namespace = ${reader.namespace} and m.status in ${anyOf(statuses)} and ${inScope(reader.namespace, sql`m.scope_id`, scope)}
    order by m.id`);

export type Faded = {
  readonly types: readonly MemoryType[];
  /** Unix milliseconds. */
  readonly before: number;
  readonly importance: number;
};

/** Active memories of these types that are both older than `before` and less important than `importance`. */
export const fadedMemories = (
  reader: Reader,
  { types, before, importance }: Faded,
): Promise<{ id: string }[]> =>
  reader.all(sql`
    select id from memory
    where namespace = ${reader.namespace} and status = 'active' and type in ${anyOf(types)}
      and committed_at < ${before} and importance < ${importance} order by id`);

export const countByStatus = (
  reader: Reader,
  scope: ScopeFilter,
): Promise<{ status: MemoryStatus; count: number }[]> =>
  reader.all(sql`
    select m.status, count(*) as count from memory m
    where m.namespace = ${reader.namespace} and ${inScope(reader.namespace, sql`m.scope_id`, scope)}
    group by m.status order by m.status`);

/** Active memories whose id begins so, newest first. */
export const idsWithPrefix: ByPrefix = (reader, prefix, scope) =>
  reader.all(sql`
    select m.id from memory m
    where m.namespace = ${reader.namespace} and m.status = 'active' and ${beginsWith(sql`m.id`, prefix)}
      and ${inScope(reader.namespace, sql`m.scope_id`, scope)} order by m.id desc limit ${COMPLETED}`);

/** Into the body just parsed: an object spread out of two takes V8 seven times as long, .2 ms for the hits of a page. */
function toMemory({ content, ...row }: Row): Memory {
  const body: MemoryBody = JSON.parse(content);
  return Object.assign(body, row);
}

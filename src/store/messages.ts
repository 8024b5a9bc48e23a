import type { Role } from '../schema/message.js';
import { everyRow } from './every-row.js';
import { type Cells, type Into, insertAll } from './insert.js';
import { deletePassages, endMessagePassages } from './passages.js';
import { anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A message as its row holds it; its text lies in the body of the same id. Times are Unix milliseconds. */
export type MessageRow = {
  readonly id: string;
  readonly session_id: string;
  readonly sequence: number;
  readonly client_id: string | null;
  readonly role: Role;
  readonly name: string | null;
  /** As the caller gave it. */
  readonly timestamp: string | null;
  readonly tokens: number;
  /** How they were counted. */
  readonly tokenizer: string;
  /** How many tool calls it holds. */
  readonly calls: number;
  readonly created_at: number;
  readonly hidden_at: number | null;
};

export type StoredMessage = Pick<MessageRow, 'id' | 'sequence' | 'created_at' | 'hidden_at'> & {
  readonly content: string;
};

/** In order of their sequence. */
export const insertMessages = (writer: Writer, rows: readonly MessageRow[]): Promise<void> =>
  insertAll(writer, MESSAGES, rows.map(cellsOf));

const MESSAGES: Into = {
  table: 'message',
  columns: [
    ...['id', 'session_id', 'sequence', 'client_id', 'role', 'name', 'timestamp', 'tokens', 'tokenizer'],
    ...['calls', 'created_at', 'hidden_at'],
  ],
};

const cellsOf = (row: MessageRow): Cells => [
  ...[row.id, row.session_id, row.sequence, row.client_id, row.role, row.name, row.timestamp, row.tokens],
  ...[row.tokenizer, row.calls, row.created_at, row.hidden_at],
];

const messages = (reader: Reader, condition: Sql): Promise<StoredMessage[]> =>
  reader.all(sql`
    select m.id, m.sequence, m.created_at, m.hidden_at, b.content
    from message m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.namespace = ${reader.namespace} and ${condition}`);

export type MessagePage = { readonly after: number; readonly limit: number };

/** Those that are not hidden, after a sequence, in order. */
export const visibleMessages = (
  reader: Reader,
  sessionId: string,
  { after, limit }: MessagePage,
): Promise<StoredMessage[]> =>
  messages(
    reader,
    sql`m.session_id = ${sessionId} and m.sequence > ${after} and m.hidden_at is null order by m.sequence limit ${limit}`,
  );

/** Those of a range that are not hidden, in order, without what they say. */
export const visibleRows = (
  reader: Reader,
  sessionId: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Pick<MessageRow, 'sequence' | 'role' | 'tokens'>[]> =>
  reader.all(sql`
    select sequence, role, tokens from message
    where namespace = ${reader.namespace} and session_id = ${sessionId} and hidden_at is null
      and sequence between ${first} and ${last} order by sequence`);

/** The newest that are not hidden, newest first. */
export const newestVisible = (reader: Reader, sessionId: string, limit: number): Promise<StoredMessage[]> =>
  messages(
    reader,
    sql`m.session_id = ${sessionId} and m.hidden_at is null order by m.sequence desc limit ${limit}`,
  );

/** Whether it is hidden or not. */
export const messageById = (
  reader: Reader,
  id: string,
): Promise<(StoredMessage & { session_id: string }) | undefined> =>
  reader.get(sql`
    select m.id, m.session_id, m.sequence, m.created_at, m.hidden_at, b.content
    from message m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.namespace = ${reader.namespace} and m.id = ${id}`);

/** Those that were there and not hidden at a time, after a sequence, in order. */
export const messagesAt = (
  reader: Reader,
  sessionId: string,
  { after, limit, at }: MessagePage & { readonly at: number },
): Promise<StoredMessage[]> =>
  messages(
    reader,
    sql`m.session_id = ${sessionId} and m.sequence > ${after} and m.created_at <= ${at}
      and (m.hidden_at is null or m.hidden_at > ${at}) order by m.sequence limit ${limit}`,
  );

/** The newest that hold tool calls and are not hidden, newest first. */
export const lastCalling = (reader: Reader, sessionId: string, limit: number): Promise<StoredMessage[]> =>
  messages(
    reader,
    sql`m.session_id = ${sessionId} and m.calls > 0 and m.hidden_at is null order by m.sequence desc limit ${limit}`,
  );

const NAMED_BY = { id: sql`m.id`, client_id: sql`m.client_id` } as const;

/** Those of these names that are in use by a message that is not hidden: our ids, or those of the client. */
export const visibleNamed = (
  reader: Reader,
  sessionId: string,
  { by, names }: { readonly by: keyof typeof NAMED_BY; readonly names: readonly string[] },
): Promise<(StoredMessage & { name: string })[]> =>
  reader.all(sql`
    select m.id, ${NAMED_BY[by]} as name, m.sequence, m.created_at, m.hidden_at, b.content
    from message m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.namespace = ${reader.namespace} and m.session_id = ${sessionId} and m.hidden_at is null
      and ${NAMED_BY[by]} in ${anyOf(names)}`);

export type Placed = Pick<MessageRow, 'id' | 'sequence' | 'hidden_at'>;

/** By its id, or by the id its client gave it while it is not hidden. */
export const placeOf = (reader: Reader, sessionId: string, ref: string): Promise<Placed | undefined> =>
  reader.get(sql`
    select id, sequence, hidden_at from message
    where namespace = ${reader.namespace} and session_id = ${sessionId}
      and (id = ${ref} or (client_id = ${ref} and hidden_at is null))`);

/** How many of a range are not hidden. */
export const countVisible = (
  reader: Reader,
  sessionId: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<number> =>
  reader.count(sql`
    select count(*) as count from message
    where namespace = ${reader.namespace} and session_id = ${sessionId} and hidden_at is null
      and sequence between ${first} and ${last}`);

/** One sum for each way of counting, of what is not hidden. */
export const visibleTokens = (
  reader: Reader,
  sessionId: string,
): Promise<{ tokenizer: string; tokens: number; count: number }[]> =>
  reader.all(sql`
    select tokenizer, sum(tokens) as tokens, count(*) as count from message ${reader.dialect.pieces.byIndex('message_tokens')}
    where namespace = ${reader.namespace} and session_id = ${sessionId} and hidden_at is null group by tokenizer`);

export type From = { readonly sequence: number; readonly at: number };

/** Hides a message and all after it, from search too. Returns how many were visible. */
export async function hideFrom(writer: Writer, sessionId: string, { sequence, at }: From): Promise<number> {
  const hidden = await writer.run(sql`
    update message set hidden_at = ${at}
    where namespace = ${writer.namespace} and session_id = ${sessionId} and sequence >= ${sequence} and hidden_at is null`);
  if (hidden > 0) await endMessagePassages(writer, sessionId, { sequence, at });
  return hidden;
}

/** The ids from a sequence on: all of them, or those that were hidden at one time. */
export async function idsFrom(
  reader: Reader,
  sessionId: string,
  { sequence, hiddenAt }: { readonly sequence: number; readonly hiddenAt?: number | undefined },
): Promise<string[]> {
  const which = hiddenAt === undefined ? sql`1 = 1` : sql`hidden_at = ${hiddenAt}`;
  const rows = await reader.all<{ id: string }>(sql`
    select id from message
    where namespace = ${reader.namespace} and session_id = ${sessionId} and sequence >= ${sequence} and ${which} order by sequence`);
  return rows.map(row => row.id);
}

export async function deleteMessages(writer: Writer, ids: readonly string[]): Promise<void> {
  await deletePassages(writer, ids);
  await writer.run(sql`delete from message where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

/** Every message of a session with its body, for verification. */
export const allMessages = (
  reader: Reader,
  sessionId: string,
): AsyncGenerator<MessageRow & { readonly content: string | null }> =>
  everyRow({ by: 'sequence', from: 0 }, after =>
    reader.all(sql`
      select m.id, m.session_id, m.sequence, m.client_id, m.role, m.name, m.timestamp, m.tokens, m.tokenizer, m.calls,
        m.created_at, m.hidden_at, b.content
      from message m left join body b on b.namespace = m.namespace and b.owner = m.id
      where m.namespace = ${reader.namespace} and m.session_id = ${sessionId} and m.sequence > ${after}
      order by m.sequence limit 1000`),
  );

/** Sessions that rows belong to, for verification. */
export async function sessionsOfMessages(reader: Reader): Promise<string[]> {
  const rows = await reader.all<{ session_id: string }>(
    sql`select distinct session_id from message where namespace = ${reader.namespace}`,
  );
  return rows.map(row => row.session_id);
}

/** Those of the user before a number that are not hidden, newest first. */
export const usersBefore = (
  reader: Reader,
  sessionId: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<StoredMessage[]> =>
  messages(
    reader,
    sql`m.session_id = ${sessionId} and m.sequence < ${before} and m.role = 'user' and m.hidden_at is null
      order by m.sequence desc limit ${limit}`,
  );

/** Those of a range that are there, hidden or not, in order. */
export const messagesBetween = (
  reader: Reader,
  sessionId: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<StoredMessage[]> =>
  messages(
    reader,
    sql`m.session_id = ${sessionId} and m.sequence >= ${first} and m.sequence <= ${last} order by m.sequence`,
  );

/** The numbers of messages, in order. */
export async function numbersOf(reader: Reader, ids: readonly string[]): Promise<number[]> {
  const rows = await reader.all<{ sequence: number }>(sql`
    select sequence from message where namespace = ${reader.namespace} and id in ${anyOf(ids)} order by sequence`);
  return rows.map(row => row.sequence);
}

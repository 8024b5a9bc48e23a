import type { PassageKind } from '../schema/hit-kind.js';
import type { Trust } from '../schema/memory.js';
import { type Cells, type Into, insertNumbered } from './insert.js';
import { anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import { deleteVectors } from './vectors.js';

/** What search finds of a noun that is no memory: its text, or a part of it. Times are Unix milliseconds. */
export type PassageRow = {
  readonly kind: PassageKind;
  /** What the URI names after `//`, and the owner of the body that the text is of. */
  readonly owner: string;
  /** 0 where the noun is one passage. */
  readonly part: number;
  readonly scope_id: number;
  readonly session_id: string | null;
  readonly run_id: string | null;
  /** Of a message. */
  readonly sequence: number | null;
  /** Of the text alone: that of its session or run may be less. */
  readonly trust: Trust;
  readonly created_at: number;
  /** When it was hidden, replaced or superseded. */
  readonly ended_at: number | null;
  /** Of a part of a text, counted from 1. */
  readonly first_line: number | null;
  readonly last_line: number | null;
};

/**
 * Analysed text, tokens joined by spaces: its own, that of what stands before and after it (of a message the turns
 * around it, of others scope or title), and filter tokens that weigh nothing.
 */
export type PassageText = {
  readonly own: string;
  readonly before: string;
  readonly after: string;
  readonly scope: string;
};

export type NumberedText = PassageText & { readonly number: number };

export type NewPassage = { readonly row: PassageRow; readonly text: PassageText };

export async function insertPassages(writer: Writer, passages: readonly NewPassage[]): Promise<void> {
  const numbers = await insertNumbered(
    writer,
    PASSAGES,
    passages.map(({ row }) => cellsOf(row)),
  );
  await writer.dialect.passageText.insert(
    writer,
    passages.map(({ text }, index) => ({ ...text, number: numbers[index] ?? 0 })),
  );
}

const PASSAGES: Into = {
  table: 'passage',
  columns: [
    ...['kind', 'owner', 'part', 'scope_id', 'session_id', 'run_id', 'sequence', 'trust'],
    ...['created_at', 'ended_at', 'first_line', 'last_line'],
  ],
};

const cellsOf = (row: PassageRow): Cells => [
  ...[row.kind, row.owner, row.part, row.scope_id, row.session_id, row.run_id, row.sequence, row.trust],
  ...[row.created_at, row.ended_at, row.first_line, row.last_line],
];

export async function endPassages(writer: Writer, owners: readonly string[], at: number): Promise<void> {
  await writer.run(sql`
    update passage set ended_at = ${at}
    where namespace = ${writer.namespace} and owner in ${anyOf(owners)} and ended_at is null`);
}

/**
 * Ends the passages of a session's messages from a sequence on. What is hidden has no neighbours and is none, so that
 * a purge finds the words of a message in its own row and in those of the messages still shown beside it.
 */
export async function endMessagePassages(
  writer: Writer,
  sessionId: string,
  { sequence, at }: { readonly sequence: number; readonly at: number },
): Promise<void> {
  const hidden = sql`
    select number from passage
    where namespace = ${writer.namespace} and session_id = ${sessionId} and kind = 'message' and sequence >= ${sequence}
      and ended_at is null`;
  await writer.dialect.passageText.setBeside(writer, hidden, { before: '', after: '' });
  await writer.run(
    sql`update passage set ended_at = ${at} where namespace = ${writer.namespace} and number in (${hidden})`,
  );
  await endAtLast(writer, sessionId);
}

/** Erases them with their text, also where the messages beside them repeat it. */
export async function deletePassages(writer: Writer, owners: readonly string[]): Promise<void> {
  const sessions = await writer.all<{ session_id: string }>(sql`
    select distinct session_id from passage
    where namespace = ${writer.namespace} and owner in ${anyOf(owners)} and kind = 'message'`);
  const numbers = sql`select number from passage where namespace = ${writer.namespace} and owner in ${anyOf(owners)}`;
  await writer.dialect.passageText.remove(writer, numbers);
  await deleteVectors(writer, 'passage', numbers);
  await writer.run(
    sql`delete from passage where namespace = ${writer.namespace} and owner in ${anyOf(owners)}`,
  );
  for (const { session_id } of sessions) await endAtLast(writer, session_id);
}

/** Messages go from one on to the end, so only the last that stays has lost its next. */
async function endAtLast(writer: Writer, sessionId: string): Promise<void> {
  const last = await speakingBefore(writer, sessionId, Number.MAX_SAFE_INTEGER);
  if (last) await setNeighbour(writer, last.number, { after: '' });
}

export type Neighbour = { readonly number: number; readonly own: string };

/** The last message before a sequence that is shown and has words. */
export const speakingBefore = (
  reader: Reader,
  sessionId: string,
  sequence: number,
): Promise<Neighbour | undefined> =>
  speaking(reader, sessionId, sql`p.sequence < ${sequence} order by p.sequence desc`);

/** The first message after a sequence that is shown and has words. */
export const speakingAfter = (
  reader: Reader,
  sessionId: string,
  sequence: number,
): Promise<Neighbour | undefined> =>
  speaking(reader, sessionId, sql`p.sequence > ${sequence} order by p.sequence`);

const speaking = (reader: Reader, sessionId: string, inOrder: Sql): Promise<Neighbour | undefined> =>
  reader.get(sql`
    select p.number, t.own from passage p cross join passage_text t
    where ${reader.dialect.pieces.textOf(sql`p`)} and p.namespace = ${reader.namespace} and p.session_id = ${sessionId} and p.kind = 'message'
      and p.ended_at is null and t.own <> '' and ${inOrder} limit 1`);

/** Gives a passage other words before or after its own. */
export const setNeighbour = (writer: Writer, number: number, words: Partial<Beside>): Promise<void> =>
  writer.dialect.passageText.setBeside(writer, sql`${number}`, words);

export type Beside = Pick<PassageText, 'before' | 'after'>;

/** Whether one of a session's messages in a range says what a tool returned. */
export async function saysForeign(
  reader: Reader,
  sessionId: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<boolean> {
  const row = await reader.get(sql`
    select 1 from passage
    where namespace = ${reader.namespace} and session_id = ${sessionId} and kind = 'message'
      and sequence between ${first} and ${last} and trust = 'tool' limit 1`);
  return row !== undefined;
}

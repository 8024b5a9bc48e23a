import type { EventType, LedgerEvent } from '../schema/event.js';
import { everyRow } from './every-row.js';
import { sql } from './sql.js';
import type { Reader, Writer } from './store.js';

export type NewEvent = Omit<LedgerEvent, 'position'>;

export const lastEvent = (
  reader: Reader,
  stream: string,
): Promise<Pick<LedgerEvent, 'sequence' | 'hash'> | undefined> =>
  reader.get(sql`
    select sequence, hash from event where namespace = ${reader.namespace} and stream = ${stream}
    order by sequence desc limit 1`);

export async function insertEvent(writer: Writer, event: NewEvent): Promise<void> {
  await writer.run(sql`
    insert into event (namespace, stream, sequence, type, at, body_hash, previous_hash, hash)
    values (${writer.namespace}, ${event.stream}, ${event.sequence}, ${event.type}, ${event.at},
            ${event.body_hash}, ${event.previous_hash}, ${event.hash})`);
}

export type EventWithBody = LedgerEvent & { readonly salt: string | null; readonly content: string | null };

const WITH_BODIES = sql`
    select e.position, e.stream, e.sequence, e.type, e.at, e.body_hash, e.previous_hash, e.hash, b.salt, b.content
    from event e left join body b on b.namespace = e.namespace and b.owner = 'event:' || e.stream || ':' || e.sequence`;

/** Events of a stream after `sequence`, in order, with their bodies where these were not purged. */
export const streamEvents = (
  reader: Reader,
  stream: string,
  { after = 0, limit = 1000 },
): Promise<EventWithBody[]> =>
  reader.all(sql`
    ${WITH_BODIES}
    where e.namespace = ${reader.namespace} and e.stream = ${stream} and e.sequence > ${after}
    order by e.sequence limit ${limit}`);

/** All events of a stream, in order. */
export const wholeStream = (reader: Reader, stream: string): AsyncGenerator<EventWithBody> =>
  everyRow({ by: 'sequence', from: 0 }, after => streamEvents(reader, stream, { after }));

/** Events of all streams, one stream after the other, after one of them. */
export const ledgerEvents = (
  reader: Reader,
  { stream, sequence }: Pick<LedgerEvent, 'stream' | 'sequence'>,
): Promise<EventWithBody[]> =>
  reader.all(sql`
    ${WITH_BODIES}
    where e.namespace = ${reader.namespace} and (e.stream, e.sequence) > (${stream}, ${sequence})
    order by e.stream, e.sequence limit 1000`);

/** How many events of a type a stream has had since its newest of another. */
export const countSince = (
  reader: Reader,
  stream: string,
  { type, since }: { readonly type: EventType; readonly since: EventType },
): Promise<number> =>
  reader.count(sql`
    select count(*) as count from event
    where namespace = ${reader.namespace} and stream = ${stream} and type = ${type} and sequence > (
      select coalesce(max(sequence), 0) from event
      where namespace = ${reader.namespace} and stream = ${stream} and type = ${since})`);

/** Events of every stream after a position: what subscribers have not heard yet. */
export const newEvents = (reader: Reader, position: number): Promise<EventWithBody[]> =>
  reader.all(sql`
    ${WITH_BODIES}
    where e.namespace = ${reader.namespace} and e.position > ${position} order by e.position limit 1000`);

/** All of them, however many. */
export const eventsSince = (reader: Reader, position: number): AsyncGenerator<EventWithBody> =>
  everyRow({ by: 'position', from: position }, after => newEvents(reader, after));

/** The types of the events after a position, in order. */
export const newEventTypes = (
  reader: Reader,
  position: number,
  limit: number,
): Promise<Pick<LedgerEvent, 'position' | 'type'>[]> =>
  reader.all(sql`
    select position, type from event
    where namespace = ${reader.namespace} and position > ${position} order by position limit ${limit}`);

export const eventAt = (
  reader: Reader,
  position: number,
): Promise<Pick<LedgerEvent, 'position' | 'hash'> | undefined> =>
  reader.get(
    sql`select position, hash from event where namespace = ${reader.namespace} and position = ${position}`,
  );

export async function lastPosition(reader: Reader): Promise<number> {
  const row = await reader.get<{ number: number | null }>(
    reader.dialect.pieces.highest(sql`event`, reader.namespace, sql`position`),
  );
  return row?.number ?? 0;
}

/** The lowest and highest position and how many events there are: 1, n and n, whatever the streams. */
export async function positions(reader: Reader): Promise<{ first: number; last: number; count: number }> {
  const row = await reader.get<{ first: number; last: number; count: number }>(sql`
    select coalesce(min(position), 1) as first, coalesce(max(position), 0) as last, count(*) as count
    from event where namespace = ${reader.namespace}`);
  return row ?? { first: 1, last: 0, count: 0 };
}

export async function streams(reader: Reader): Promise<string[]> {
  const rows = await reader.all<{ stream: string }>(
    sql`select distinct stream from event where namespace = ${reader.namespace} order by stream`,
  );
  return rows.map(row => row.stream);
}

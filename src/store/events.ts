import type { EventType, LedgerEvent } from '../schema/event.js';
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

/** Events of a stream after `sequence`, in order, with their bodies where these were not purged. */
export const streamEvents = (
  reader: Reader,
  stream: string,
  { after = 0, limit = 1000 },
): Promise<EventWithBody[]> =>
  reader.all(sql`
    select e.position, e.stream, e.sequence, e.type, e.at, e.body_hash, e.previous_hash, e.hash, b.salt, b.content
    from event e left join body b on b.namespace = e.namespace and b.owner = 'event:' || e.stream || ':' || e.sequence
    where e.namespace = ${reader.namespace} and e.stream = ${stream} and e.sequence > ${after}
    order by e.sequence limit ${limit}`);

/** How many events of a type a stream has had since its newest of another. */
export async function countSince(
  reader: Reader,
  stream: string,
  { type, since }: { readonly type: EventType; readonly since: EventType },
): Promise<number> {
  const row = await reader.get<{ count: number }>(sql`
    select count(*) as count from event
    where namespace = ${reader.namespace} and stream = ${stream} and type = ${type} and sequence > (
      select coalesce(max(sequence), 0) from event
      where namespace = ${reader.namespace} and stream = ${stream} and type = ${since})`);
  return row?.count ?? 0;
}

/** Events of every stream after a position: what subscribers have not heard yet. */
export const newEvents = (reader: Reader, position: number): Promise<EventWithBody[]> =>
  reader.all(sql`
    select e.position, e.stream, e.sequence, e.type, e.at, e.body_hash, e.previous_hash, e.hash, b.salt, b.content
    from event e left join body b on b.namespace = e.namespace and b.owner = 'event:' || e.stream || ':' || e.sequence
    where e.namespace = ${reader.namespace} and e.position > ${position} order by e.position limit 1000`);

export async function lastPosition(reader: Reader): Promise<number> {
  const row = await reader.get<{ position: number | null }>(
    sql`select max(position) as position from event where namespace = ${reader.namespace}`,
  );
  return row?.position ?? 0;
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

import type { EventType } from '../schema/event.js';
import { type Sql, sql } from './sql.js';
import type { Reader } from './store.js';

export type ReadEvent = {
  readonly sequence: number;
  readonly type: EventType;
  /** Unix milliseconds. */
  readonly at: number;
  /** Null when it was purged. */
  readonly content: string | null;
};

const events = (reader: Reader, condition: Sql): Promise<ReadEvent[]> =>
  reader.all(sql`
    select e.sequence, e.type, e.at, b.content
    from event e left join body b on b.namespace = e.namespace and b.owner = 'event:' || e.stream || ':' || e.sequence
    where e.namespace = ${reader.namespace} and ${condition}`);

/** The newest events of one type, newest first: an index finds them, however long the stream is. */
export const lastOfType = (
  reader: Reader,
  stream: string,
  { type, limit }: { readonly type: EventType; readonly limit: number },
): Promise<ReadEvent[]> =>
  events(reader, sql`e.stream = ${stream} and e.type = ${type} order by e.sequence desc limit ${limit}`);

/** Events `first` to `last` of a stream, inclusive. */
export const eventsBetween = (
  reader: Reader,
  stream: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<ReadEvent[]> =>
  events(reader, sql`e.stream = ${stream} and e.sequence between ${first} and ${last} order by e.sequence`);

/** How many events of each type there are from `first` on, by name; apart from an index, so that the planner does not visit the whole stream. */
export const countTypes = (
  reader: Reader,
  stream: string,
  first: number,
): Promise<{ type: string; count: number }[]> => {
  const type = reader.dialect.pieces.apart(sql`type`);
  return reader.all(sql`
    select ${type} as type, count(*) as count from event
    where namespace = ${reader.namespace} and stream = ${stream} and sequence >= ${first} group by ${type} order by ${type}`);
};

export const countOfType = (reader: Reader, stream: string, type: EventType): Promise<number> =>
  reader.count(sql`
    select count(*) as count from event
    where namespace = ${reader.namespace} and stream = ${stream} and type = ${type}`);

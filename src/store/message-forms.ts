import type { MessageRow } from './messages.js';
import { anyOf, sql } from './sql.js';
import type { Reader } from './store.js';

/** What there is to rank a message by besides its words. */
export type MessageForm = Pick<MessageRow, 'id' | 'name' | 'timestamp'> & {
  /** Its body; null where that is long. */
  readonly content: string | null;
};

/** Bytes of a body above which a message says so much that its form tells nothing. */
const LONG = 8000;

export const messageForms = (reader: Reader, ids: readonly string[]): Promise<MessageForm[]> =>
  reader.all(sql`
    select m.id, m.name, m.timestamp, case when ${reader.dialect.pieces.bytes(sql`b.content`)} <= ${LONG} then b.content end as content
    from message m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.namespace = ${reader.namespace} and m.id in ${anyOf(ids)}`);

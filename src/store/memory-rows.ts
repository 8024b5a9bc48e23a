import type { MemoryStatus } from '../schema/memory.js';
import { everyRow } from './every-row.js';
import { sql } from './sql.js';
import type { Reader } from './store.js';

/** A memory's row as it lies there, for checks against the ledger and the body. */
export type MemoryRow = {
  readonly number: number;
  readonly id: string;
  readonly batch_id: string;
  readonly type: string;
  readonly status: MemoryStatus;
  readonly trust: string;
  readonly importance: number;
  readonly fingerprint: string;
  readonly created_at: number;
  readonly committed_at: number | null;
  readonly valid_from: number | null;
  readonly valid_to: number | null;
  readonly superseded_by: string | null;
  readonly scope_key: string;
  readonly content: string | null;
};

export const allMemoryRows = (reader: Reader): AsyncGenerator<MemoryRow> =>
  everyRow({ by: 'number', from: 0 }, after =>
    reader.all(sql`
      select m.number, m.id, m.batch_id, m.type, m.status, m.trust, m.importance, m.fingerprint, m.created_at, m.committed_at,
        m.valid_from, m.valid_to, m.superseded_by, s.key as scope_key, b.content
      from memory m join scope s on s.namespace = m.namespace and s.id = m.scope_id
        left join body b on b.namespace = m.namespace and b.owner = m.id
      where m.namespace = ${reader.namespace} and m.number > ${after} order by m.number limit 1000`),
  );

export type StateRow = {
  readonly memory_id: string;
  readonly at: number;
  readonly sequence: number;
  readonly status: MemoryStatus;
};

export const allStates = (reader: Reader): Promise<StateRow[]> =>
  reader.all(
    sql`select memory_id, at, sequence, status from memory_state where namespace = ${reader.namespace}`,
  );

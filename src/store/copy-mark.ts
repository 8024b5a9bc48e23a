import type { Cells } from './insert.js';
import { sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** How far a copy into this database has come. */
export type CopyMark = {
  /** Where it is copied from, for people. */
  readonly source: string;
  /**
   * `events`: the ledger is being copied. `rows`: what it tells of is, by tables in their order, from after a key on.
   * `whole`: all was there once; what is new may be added.
   */
  readonly phase: 'events' | 'rows' | 'whole';
  /** All rows up to here in the order of tables are as the source had them at this position of its ledger. */
  readonly position: number;
  readonly table: number;
  readonly after?: Cells | undefined;
};

export async function copyMark(reader: Reader): Promise<CopyMark | undefined> {
  const row = await reader.get<{ mark: string }>(
    sql`select mark from copy_mark where namespace = ${reader.namespace}`,
  );
  if (!row) return undefined;
  const mark: CopyMark = JSON.parse(row.mark);
  return mark;
}

export async function putCopyMark(writer: Writer, mark: CopyMark): Promise<void> {
  await writer.run(sql`
    insert into copy_mark (namespace, mark) values (${writer.namespace}, ${JSON.stringify(mark)})
    on conflict (namespace) do update set mark = excluded.mark`);
}

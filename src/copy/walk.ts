import { type CopiedRow, keyOf, pageRows } from '../store/copied-rows.js';
import { type CopiedTable, TABLES } from '../store/copied-tables.js';
import { type CopyMark, putCopyMark } from '../store/copy-mark.js';
import { lastPosition } from '../store/events.js';
import type { Reader, Store, Writer } from '../store/store.js';
import { advance, copyEvents } from './advance.js';
import { bring, drop, textsFor } from './sync.js';
import { pageOf, type Target } from './target.js';

export type Walking = {
  readonly from: Store;
  readonly target: Target;
  /** Told of every page, with its number of rows. */
  readonly copied: (rows: number) => void;
};

/**
 * Copies the ledger, then table after table, a page at a time and each with the mark that says so. A page is read in the
 * snapshot in which the target is brought up to the source's position: what was copied is never older than what comes.
 */
export async function walk({ from, target, copied }: Walking, begun: CopyMark): Promise<CopyMark> {
  const { namespace } = target;
  let mark = begun;
  while (mark.phase === 'events') {
    const rows = await from.read(namespace, source => copyEvents(source, target));
    copied(rows);
    if (rows === 0) mark = await beginRows(target, mark);
  }
  while (mark.phase === 'rows') {
    const before: CopyMark = mark;
    const step = await from.read(namespace, source => copyPage(source, target, before));
    copied(step.rows);
    mark = step.mark;
  }
  return mark;
}

const beginRows = ({ store, namespace }: Target, mark: CopyMark): Promise<CopyMark> =>
  store.write(namespace, async writer => {
    const next = { ...mark, phase: 'rows', position: await lastPosition(writer) } as const;
    await putCopyMark(writer, next);
    return next;
  });

/** What is written here is written again, and changes nothing, when the source has to be read again. */
async function copyPage(
  source: Reader,
  target: Target,
  mark: CopyMark,
): Promise<{ mark: CopyMark; rows: number }> {
  const position = await advance(source, target, mark.position);
  const table = TABLES[mark.table];
  if (!table) {
    const whole = { ...mark, position, phase: 'whole' } as const;
    await target.store.write(target.namespace, writer => putCopyMark(writer, whole));
    return { mark: whole, rows: 0 };
  }
  let next = mark;
  const { rows } = await comparePage(source, target, {
    table,
    after: mark.after,
    with: async (writer, upto) => {
      const { after: _passed, ...rest } = mark;
      next = { ...rest, position, ...(upto ? { after: upto } : { table: mark.table + 1 }) };
      await putCopyMark(writer, next);
    },
  });
  return { mark: next, rows };
}

type Comparing = {
  readonly table: CopiedTable;
  readonly after: CopiedRow | undefined;
  /** Written in the same transaction, with the key up to which the page goes: none when it is the last. */
  readonly with?: (writer: Writer, upto: CopiedRow | undefined) => Promise<void>;
};

/** Makes a page of the target what it is in the source. */
async function comparePage(
  source: Reader,
  target: Target,
  { table, after, with: also }: Comparing,
): Promise<{ rows: number; upto: CopiedRow | undefined }> {
  const limit = pageOf(target, table);
  const rows = await pageRows(source, table, { after, limit });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const upto = last && keyOf(table, last);
  const texts = await textsFor(source, table, rows);
  await target.store.write(target.namespace, async writer => {
    const sides = { source: rows, target: await pageRows(writer, table, { after, upto }), texts };
    await drop(writer, table, sides);
    await bring(writer, table, sides);
    await also?.(writer, upto);
  });
  return { rows: rows.length, upto };
}

/** Makes a whole table of the target what it is in the source. */
export async function compareTable(source: Reader, target: Target, table: CopiedTable): Promise<void> {
  for (let after: CopiedRow | undefined; ; ) {
    const { upto } = await comparePage(source, target, { table, after });
    if (!upto) return;
    after = upto;
  }
}

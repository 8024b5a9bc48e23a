import { type CopiedRow, keyOf, touchedRows } from '../store/copied-rows.js';
import type { CopiedTable, Touch } from '../store/copied-tables.js';
import type { Reader } from '../store/store.js';
import { bring, drop, textsFor } from './sync.js';
import type { Target } from './target.js';
import type { Touched } from './touched.js';

type Changes = { readonly table: CopiedTable; readonly touched: Touched };

/** Takes from the target the touched rows that the source does not have. */
export async function dropTouched(
  source: Reader,
  { store, namespace }: Target,
  { table, touched }: Changes,
): Promise<void> {
  for (const part of partsOf(table, touched)) {
    const rows = await touchedRows(source, table, part);
    await store.write(namespace, async writer =>
      drop(writer, table, { source: rows, target: await touchedRows(writer, table, part) }),
    );
  }
}

/** Gives the target the touched rows as the source has them. */
export async function bringTouched(
  source: Reader,
  { store, namespace }: Target,
  { table, touched }: Changes,
): Promise<void> {
  for (const part of partsOf(table, touched)) {
    const rows = inOrder(table, await touchedRows(source, table, part));
    if (rows.length === 0) continue;
    const texts = await textsFor(source, table, rows);
    await store.write(namespace, async writer =>
      bring(writer, table, { source: rows, target: await touchedRows(writer, table, part), texts }),
    );
  }
}

/** Ids looked up at a time. */
const IDS = 500;

export type Part = { readonly touch: Touch; readonly ids: readonly (string | number)[] };

/** What is touched of a table, so much at a time as may be held in memory. */
export function* partsOf({ touched: touches, page }: CopiedTable, touched: Touched): Generator<Part> {
  const size = Math.min(IDS, page);
  for (const touch of touches) {
    const ids = [...touched[touch.by]];
    for (let at = 0; at < ids.length; at += size) yield { touch, ids: ids.slice(at, at + size) };
  }
}

/** Messages, versions and imported events are accepted in their order only. */
const inOrder = (table: CopiedTable, rows: readonly CopiedRow[]): CopiedRow[] =>
  [...rows].sort((left, right) => compare(keyOf(table, left), keyOf(table, right)));

function compare(left: CopiedRow, right: CopiedRow): number {
  for (const [index, value] of left.entries()) {
    const other = right[index];
    if (value === other) continue;
    if (typeof value === 'number' && typeof other === 'number') return value - other;
    return String(value) < String(other) ? -1 : 1;
  }
  return 0;
}

import { type CopiedRow, keyOf, pageRows } from '../store/copied-rows.js';
import { EVENTS, TABLES } from '../store/copied-tables.js';
import type { Reader } from '../store/store.js';
import { sha256 } from '../text/hash.js';
import { textsFor } from './sync.js';

/** What a table holds: how many rows, and one hash over all of them with what search looks into. */
export type Sum = { readonly rows: number; readonly sha256: string };

/** By table. Two snapshots with the same sums hold the same. */
export async function sumsOf(reader: Reader, summed: (rows: number) => void): Promise<Map<string, Sum>> {
  const sums = new Map<string, Sum>();
  for (const table of [EVENTS, ...TABLES]) {
    let sum: Sum = { rows: 0, sha256: '' };
    for (let after: CopiedRow | undefined; ; ) {
      const rows = await pageRows(reader, table, { after, limit: table.page });
      const last = rows.at(-1);
      if (!last) break;
      const page = JSON.stringify([rows, await textsFor(reader, table, rows)]);
      sum = { rows: sum.rows + rows.length, sha256: sha256(sum.sha256 + page) };
      after = keyOf(table, last);
      summed(rows.length);
    }
    sums.set(table.name, sum);
  }
  return sums;
}

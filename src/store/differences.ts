import { canonicalJson } from '../text/hash.js';
import type { Finding } from './store.js';

/** What to do about rows that the ledger and the bodies have otherwise. */
export const REBUILD = 'Export what can be read with `mintmark export` and import it into a new database.';

/** Rows as `differences` compares them, by their names. */
export const keyed = <Row>(rows: readonly Row[], name: (row: Row) => string): Map<string, string> =>
  new Map(rows.map(row => [name(row), canonicalJson(row)]));

/** One finding for each key whose value is not the expected one, is missing, or should not be there. */
export function differences(
  stored: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
  { check, advice = REBUILD }: { readonly check: string; readonly advice?: string },
): Finding[] {
  const wrong = [...new Set([...stored.keys(), ...expected.keys()])].filter(
    key => stored.get(key) !== expected.get(key),
  );
  return wrong.map(key => ({
    check,
    found: `${key}: stored ${stored.get(key) ?? 'nothing'}, expected ${expected.get(key) ?? 'nothing'}`,
    advice,
  }));
}

type Columns = Readonly<Record<string, unknown>>;

/** The first column of `expected` in which a row differs, in words. */
export function columnDiffering(row: Columns, expected: Columns): string | undefined {
  const name = Object.keys(expected).find(key => row[key] !== expected[key]);
  return name && `${name} is ${String(row[name])}, expected ${String(expected[name])}`;
}

import { type Cells, type Into, inserting } from '../insert.js';
import type { Sql } from '../sql.js';

/** As many at a time as statements are made for. */
const CHUNKS = [64, 8, 1];

export const insert = inserting(parts, insertion);

function* parts(rows: readonly Cells[]): Generator<readonly Cells[]> {
  let done = 0;
  for (const size of CHUNKS)
    for (; rows.length - done >= size; done += size) yield rows.slice(done, done + size);
}

function insertion(namespace: string, into: Into, part: readonly Cells[]): Sql {
  return { text: textOf(into, part.length), values: part.flatMap(row => [namespace, ...row]) };
}

/** Statements are known by the identity of their text. */
const texts = new WeakMap<Into, Map<number, readonly string[]>>();

function textOf(into: Into, rows: number): readonly string[] {
  const known = texts.get(into) ?? new Map<number, readonly string[]>();
  texts.set(into, known);
  const text = known.get(rows) ?? build(into, rows);
  known.set(rows, text);
  return text;
}

function build({ table, columns }: Into, rows: number): string[] {
  const between = columns.map(() => ', ');
  const row = [...between, '), ('];
  const text = [`insert into ${table} (namespace, ${columns.join(', ')}) values (`];
  for (let count = 0; count < rows; count += 1) text.push(...row);
  return [...text.slice(0, -1), ')'];
}

import type { Sql } from './sql.js';
import type { Writer } from './store.js';

/** Where rows go: a table, and its columns besides the namespace. One object a place in the source: statements are kept by it. */
export type Into = { readonly table: string; readonly columns: readonly string[] };

export type Cell = string | number | null;
/** What a row holds, in the order of the columns. */
export type Cells = readonly Cell[];

/** How an engine adds many rows fastest: SQLite by statements that it knows, PostgreSQL by as few as possible. */
export type Inserting = {
  rows(writer: Writer, into: Into, rows: readonly Cells[]): Promise<void>;
  /** The same of rows that are given a column `number`. Returns theirs. */
  numbered(writer: Writer, into: Into, rows: readonly Cells[]): Promise<number[]>;
};

/** By how many rows go into one statement, and that statement. */
export const inserting = (
  parts: (rows: readonly Cells[]) => Iterable<readonly Cells[]>,
  insertion: (namespace: string, into: Into, part: readonly Cells[]) => Sql,
): Inserting => ({
  async rows(writer, into, rows) {
    for (const part of parts(rows)) await writer.run(insertion(writer.namespace, into, part));
  },
  async numbered(writer, into, rows) {
    const numbers: number[] = [];
    for (const part of parts(rows)) {
      const { text, values } = insertion(writer.namespace, into, part);
      const added = await writer.all<{ number: number }>({ text: returningNumber(text), values });
      // Given upwards row by row, and returned in any order.
      numbers.push(...added.map(({ number }) => number).sort((left, right) => left - right));
    }
    return numbers;
  },
});

/** Adds rows in their order, as if one by one: each trigger sees those before. */
export const insertAll = (writer: Writer, into: Into, rows: readonly Cells[]): Promise<void> =>
  writer.dialect.insert.rows(writer, into, rows);

/** The same, and returns the number that each row was given. */
export const insertNumbered = (writer: Writer, into: Into, rows: readonly Cells[]): Promise<number[]> =>
  writer.dialect.insert.numbered(writer, into, rows);

/** The same statement, which gives back the numbers. Statements are known by the identity of their text. */
function returningNumber(text: readonly string[]): readonly string[] {
  const known = returning.get(text) ?? [...text.slice(0, -1), `${text.at(-1)} returning number`];
  returning.set(text, known);
  return known;
}

const returning = new WeakMap<readonly string[], readonly string[]>();

import { EngineError } from '../errors.js';
import { type CopiedRow, deleteRow, insertRows, keyOf, updateRow } from '../store/copied-rows.js';
import { type CopiedTable, columnsOf } from '../store/copied-tables.js';
import { type CopiedText, deleteTextsOf, insertTexts, textsOf } from '../store/copied-text.js';
import type { Reader, Writer } from '../store/store.js';
import { deleteVectorsOf } from '../store/vectors.js';

/** The same rows of one table as the source and the target have them. */
export type Sides = { readonly source: readonly CopiedRow[]; readonly target: readonly CopiedRow[] };

/** Gives the target what the source has and it lacks, or has otherwise. Returns how many rows were written. */
export async function bring(
  writer: Writer,
  table: CopiedTable,
  { source, target, texts }: Sides & { readonly texts: readonly CopiedText[] },
): Promise<number> {
  const there = new Map(target.map(row => [nameOf(table, row), row]));
  const missing = source.filter(row => !there.has(nameOf(table, row)));
  const changed = source.filter(row => {
    const other = there.get(nameOf(table, row));
    return other !== undefined && JSON.stringify(other) !== JSON.stringify(row);
  });
  for (const row of changed) await updateRow(writer, table, row);
  await insertRows(writer, table, missing);
  // Text last: a statement with a trigger after it makes FTS5 write out what it gathered.
  await bringTexts(writer, table, texts);
  return missing.length + changed.length;
}

/** Takes from the target what the source does not have. */
export async function drop(writer: Writer, table: CopiedTable, { source, target }: Sides): Promise<void> {
  const there = new Set(source.map(row => nameOf(table, row)));
  const gone = target.filter(row => !there.has(nameOf(table, row)));
  if (gone.length === 0) return;
  if (table.name === 'access_token')
    throw new EngineError(
      'conflict',
      'The target has access tokens that the source does not have.',
      'It is in use already, so it is no copy any more. Copy into an empty one.',
    );
  if (table.text) {
    const numbers = gone.map(row => Number(row[0]));
    await deleteTextsOf(writer, table.text, numbers);
    await deleteVectorsOf(writer, table.text, numbers);
  }
  for (const row of gone) await deleteRow(writer, table, row);
}

/** The text of some rows of a table that has any. */
export async function textsFor(
  reader: Reader,
  { text }: CopiedTable,
  rows: readonly CopiedRow[],
): Promise<CopiedText[]> {
  if (!text || rows.length === 0) return [];
  return textsOf(
    reader,
    text,
    rows.map(row => Number(row[0])),
  );
}

async function bringTexts(
  writer: Writer,
  { text: family }: CopiedTable,
  texts: readonly CopiedText[],
): Promise<void> {
  if (!family || texts.length === 0) return;
  const numbers = texts.map(({ number }) => number);
  const there = new Map((await textsOf(writer, family, numbers)).map(text => [text.number, text]));
  const brought = texts.filter(text => JSON.stringify(text) !== JSON.stringify(there.get(text.number)));
  await deleteTextsOf(
    writer,
    family,
    brought.flatMap(({ number }) => (there.has(number) ? number : [])),
  );
  await insertTexts(writer, brought);
}

const nameOf = (table: CopiedTable, row: CopiedRow): string => JSON.stringify(keyOf(table, row));

/** A column of a row. */
export const columnOf = (table: CopiedTable, row: CopiedRow, column: string) =>
  row[columnsOf(table).indexOf(column)];

import type { CopiedTable } from './copied-tables.js';
import type { IndexedText } from './memory-text.js';
import type { PassageText } from './passages.js';
import { anyNumber, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** What search looks into of one row, by its number. */
export type CopiedText = { readonly number: number } & (IndexedText | PassageText);

type Family = NonNullable<CopiedTable['text']>;

/** The analysed text of some rows, in the order of their numbers. */
export const textsOf = (
  reader: Reader,
  family: Family,
  numbers: readonly number[],
): Promise<CopiedText[]> => {
  const { textOf } = reader.dialect.pieces;
  return family === 'memory'
    ? reader.all(sql`
        select m.number, t.own, t.context, t.scope from memory m cross join memory_text t
        where m.namespace = ${reader.namespace} and m.number in ${anyNumber(numbers)} and ${textOf(sql`m`)} order by m.number`)
    : reader.all(sql`
        select p.number, t.own, t.before, t.after, t.scope from passage p cross join passage_text t
        where p.namespace = ${reader.namespace} and p.number in ${anyNumber(numbers)} and ${textOf(sql`p`)} order by p.number`);
};

export async function insertTexts(writer: Writer, texts: readonly CopiedText[]): Promise<void> {
  const { memoryText, passageText } = writer.dialect;
  await memoryText.insert(
    writer,
    texts.flatMap(text => ('context' in text ? text : [])),
  );
  await passageText.insert(
    writer,
    texts.flatMap(text => ('context' in text ? [] : text)),
  );
}

/** Deletes texts, whether or not their rows are left, so that others can take their place in the same transaction. */
export async function deleteTextsOf(
  writer: Writer,
  family: Family,
  numbers: readonly number[],
): Promise<void> {
  if (numbers.length === 0) return;
  const { memoryText, passageText } = writer.dialect;
  const index = family === 'memory' ? memoryText : passageText;
  await index.remove(writer, sql`select value from ${anyNumber(numbers)} chosen`);
  // FTS5 must write out what leaves before it comes back: see its `setBeside`.
  await writer.run(sql`savepoint deleted`);
  await writer.run(sql`release deleted`);
}

import { sql } from './sql.js';
import type { Reader } from './store.js';
import type { Family } from './vector-families.js';

const LAST = '\u{10ffff}';

/** Stemmed words of a family's index that begin with a text, those of the most rows first, and scope tokens too. */
export async function wordsBeginning(
  reader: Reader,
  family: Family,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<string[]> {
  const found = await reader.all<{ word: string }>(sql`
    select word from ${reader.dialect.pieces.words(reader.namespace, family)} w
    where word >= ${start} and word < ${start + LAST} and held > 0
    order by held desc, word limit ${limit}`);
  return found.map(({ word }) => word);
}

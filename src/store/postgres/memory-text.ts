import type { MemoryTextIndex } from '../dialect.js';
import { type Into, insertAll } from '../insert.js';
import {
  type Counted,
  counts,
  type FoundMemory,
  type IndexRow,
  listed,
  memoryPasses,
} from '../memory-text.js';
import { anyNumber, anyOf, sql } from '../sql.js';
import { frequencies, rowsOf, scored, type TextTable, words } from './bm25.js';
import { lexemes } from './lexemes.js';
import { newestHolding } from './newest-holding.js';

const TABLE: TextTable = { family: 'memory', rows: sql`memory_terms` };
const TEXTS: Into = {
  table: 'memory_text',
  columns: ['number', 'own', 'context', 'scope', 'terms', 'length'],
};

/** Lexemes of the analysed text of memories, by namespace and number. */
export const memoryText: MemoryTextIndex = {
  insert: (writer, rows) =>
    insertAll(
      writer,
      TEXTS,
      rows.map(({ number, own, context, scope }) => {
        const { terms, length } = memoryLexemes(writer.namespace, { own, context, scope });
        return [number, own, context, scope, terms, length];
      }),
    ),
  async remove(writer, numbers) {
    await writer.run(
      sql`delete from memory_text where namespace = ${writer.namespace} and number in (${numbers})`,
    );
  },
  async search(reader, query) {
    const { match, filter, limit, among, except } = query;
    const { rows, raw } = await scored(reader, TABLE, match);
    return reader.all<Counted<FoundMemory>>(sql`
      select ${listed(filter)}, ${raw} as raw, count(*) filter (where ${counts(query)}) over () as matches
      from ${rows} t cross join ${rowsOf(reader, sql`memory`)} m
      where ${memoryPasses(reader.namespace, filter)} and ${among ? sql`m.id in ${anyOf(among)}` : sql`1 = 1`}
        and ${except ? sql`m.number not in ${anyNumber(except)}` : sql`1 = 1`}
      order by raw desc, m.id limit ${limit}`);
  },
  frequencies: (reader, terms) => frequencies(reader, TABLE, terms),
  words: reader => words(reader, TABLE),
  newestHolding: (reader, sets, limit) => newestHolding(reader, TABLE, { sets, limit }),
  rowsAfter: (reader, number, limit) =>
    reader.all<IndexRow>(sql`
      select number, own, context, scope from memory_text
      where namespace = ${reader.namespace} and number > ${number} order by number limit ${limit}`),
};

/** Weights as those of SQLite's schema 1. */
export const memoryLexemes = (
  namespace: string,
  { own, context, scope }: Pick<IndexRow, 'own' | 'context' | 'scope'>,
) =>
  lexemes(
    namespace,
    [
      { text: own, quarters: 4 },
      { text: context, quarters: 2 },
    ],
    scope,
  );

import type { MemoryTextIndex } from '../dialect.js';
import {
  type Counted,
  counts,
  type FoundMemory,
  type IndexRow,
  listed,
  memoryPasses,
  type TextMatch,
} from '../memory-text.js';
import { anyNumber, anyOf, sql } from '../sql.js';
import { expression } from './match.js';

const fts5 = (match: TextMatch): string => expression(match, '{own context}');

/** FTS5 over the analysed text of memories, by row number. */
export const memoryText: MemoryTextIndex = {
  async insert(writer, rows) {
    for (const { number, own, context, scope } of rows)
      await writer.run(
        sql`insert into memory_text (rowid, own, context, scope) values (${number}, ${own}, ${context}, ${scope})`,
      );
  },
  async remove(writer, numbers) {
    await writer.run(sql`delete from memory_text where rowid in (${numbers})`);
  },
  // Counted where it is kept: to match again costs a third of ranking, and a window over what is ranked as much as that.
  search: (reader, query) => {
    const { match, filter, limit, among, except } = query;
    return reader.all<Counted<FoundMemory>>(sql`
      with found as materialized (
        select m.number, memory_text.rank as rank, ${counts(query)} as counted
        from memory_text join memory m on m.number = memory_text.rowid
        where memory_text match ${fts5(match)} and ${memoryPasses(reader.namespace, filter, match.rows)}
          and ${among ? sql`m.id in ${anyOf(among)}` : sql`1 = 1`}
          and ${except ? sql`m.number not in ${anyNumber(except)}` : sql`1 = 1`})
      select ${listed(filter)}, -best.rank as raw, (select sum(counted) from found) as matches
      from (select number, rank from found order by rank, number limit ${limit}) best
        cross join memory m on m.number = best.number
      order by best.rank, best.number`);
  },
  async frequencies(reader, terms) {
    const held = new Map<string, number>();
    for (const term of terms) {
      const row = await reader.get<{ doc: number }>(sql`select doc from memory_term where term = ${term}`);
      if (row) held.set(term, row.doc);
    }
    return held;
  },
  async words(reader) {
    const rows = await reader.all<{ term: string }>(sql`select term from memory_term`);
    return rows.map(({ term }) => term);
  },
  async newestHolding(reader, sets, limit) {
    const matches = sets.map(words => words.map(word => `"${word}"`).join(' '));
    const rows = await reader.all<{ numbers: string }>(sql`
      select (select json_group_array(rowid) from
        (select rowid from memory_text where memory_text match asked.value order by rowid desc limit ${limit})) as numbers
      from json_each(${JSON.stringify(matches)}) asked order by asked.key`);
    return rows.map(({ numbers }): number[] => JSON.parse(numbers));
  },
  rowsAfter: (reader, number, limit) =>
    reader.all<IndexRow>(
      sql`select rowid as number, own, context, scope from memory_text where rowid > ${number} order by rowid limit ${limit}`,
    ),
};

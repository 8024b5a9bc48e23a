import type { PassageTextIndex } from '../dialect.js';
import type { Counted, TextMatch } from '../memory-text.js';
import { type FoundPassage, passagePasses } from '../passage-text.js';
import type { NumberedText } from '../passages.js';
import { anyNumber, sql } from '../sql.js';
import { expression } from './match.js';

const fts5 = (match: TextMatch): string => expression(match, '{own before after}');

/** FTS5 over the analysed text of passages, by row number. */
export const passageText: PassageTextIndex = {
  async insert(writer, rows) {
    for (const { number, own, before, after, scope } of rows)
      await writer.run(sql`
        insert into passage_text (rowid, own, before, after, scope)
        values (${number}, ${own}, ${before}, ${after}, ${scope})`);
  },
  async remove(writer, numbers) {
    await writer.run(sql`delete from passage_text where rowid in (${numbers})`);
  },
  // Not by UPDATE: with secure-delete FTS5 (of SQLite 3.53) loses count of long lists of positions when a row leaves and
  // comes back in one flush. A savepoint makes it write out what leaves.
  async setBeside(writer, numbers, words) {
    const rows = await writer.all<NumberedText>(
      sql`select rowid as number, own, before, after, scope from passage_text where rowid in (${numbers})`,
    );
    const changed = rows
      .filter(({ before, after }) => (words.before ?? before) !== before || (words.after ?? after) !== after)
      .map(row => ({ ...row, ...words }));
    if (changed.length === 0) return;
    const leaving = changed.map(({ number }) => number);
    await writer.run(sql`delete from passage_text where rowid in ${anyNumber(leaving)}`);
    await writer.run(sql`savepoint deleted`);
    await writer.run(sql`release deleted`);
    await passageText.insert(writer, changed);
  },
  search: (reader, { match, filter, limit, except }) =>
    reader.all<Counted<FoundPassage>>(sql`
      with found as materialized (
        select rowid as place, -rank as raw from passage_text
        where passage_text match ${fts5(match)} and ${except ? sql`rowid not in ${anyNumber(except)}` : sql`1 = 1`}),
      best as materialized (
        select p.owner as id, p.number, max(found.raw) as raw from found cross join passage p on p.number = found.place
        where ${passagePasses(reader.namespace, filter, match.rows)} group by p.owner)
      select p.owner as id, p.number, p.kind, p.part, p.session_id, p.sequence, p.created_at, best.raw,
        (select count(*) from best) as matches
      from (select number, id, raw from best order by raw desc, id limit ${limit}) best
        cross join passage p on p.number = best.number
      order by best.raw desc, best.id`),
  async frequencies(reader, terms) {
    const held = new Map<string, number>();
    for (const term of terms) {
      const row = await reader.get<{ doc: number }>(sql`select doc from passage_term where term = ${term}`);
      if (row) held.set(term, row.doc);
    }
    return held;
  },
  strays: reader =>
    reader.all<{ name: string }>(sql`
      select 'row ' || t.rowid as name from passage_text t
      where not exists (select 1 from passage p where p.number = t.rowid) order by name`),
};

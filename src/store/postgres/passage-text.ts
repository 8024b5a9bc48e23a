import type { PassageTextIndex } from '../dialect.js';
import { type Into, insertAll } from '../insert.js';
import type { Counted } from '../memory-text.js';
import { type FoundPassage, passagePasses } from '../passage-text.js';
import type { NumberedText, PassageText } from '../passages.js';
import { anyNumber, sql } from '../sql.js';
import { frequencies, rowsOf, scored, type TextTable } from './bm25.js';
import { lexemes } from './lexemes.js';

const TABLE: TextTable = { family: 'passage', rows: sql`passage_terms` };
const TEXTS: Into = {
  table: 'passage_text',
  columns: ['number', 'own', 'before', 'after', 'scope', 'terms', 'length'],
};

/** As many at a time: what a long session says is megabytes. */
const CHANGED = 500;

/** Lexemes of the analysed text of passages, by namespace and number. */
export const passageText: PassageTextIndex = {
  insert: (writer, rows) =>
    insertAll(
      writer,
      TEXTS,
      rows.map(({ number, ...text }) => {
        const { terms, length } = passageLexemes(writer.namespace, text);
        return [number, text.own, text.before, text.after, text.scope, terms, length];
      }),
    ),
  async remove(writer, numbers) {
    await writer.run(
      sql`delete from passage_text where namespace = ${writer.namespace} and number in (${numbers})`,
    );
  },
  async setBeside(writer, numbers, words) {
    const rows = await writer.all<NumberedText>(sql`
      select number, own, before, after, scope from passage_text
      where namespace = ${writer.namespace} and number in (${numbers})`);
    const changed = rows
      .map(row => ({ ...row, ...words }))
      .filter((text, index) => text.before !== rows[index]?.before || text.after !== rows[index]?.after)
      .map(text => ({ ...text, ...passageLexemes(writer.namespace, text) }));
    for (let at = 0; at < changed.length; at += CHANGED)
      await writer.run(sql`
        update passage_text t
        set before = given.before, after = given.after, terms = given.terms::tsvector, length = given.length
        from json_to_recordset(${JSON.stringify(changed.slice(at, at + CHANGED))}::json)
          as given (number bigint, before text, after text, terms text, length bigint)
        where t.namespace = ${writer.namespace} and t.number = given.number`);
  },
  async search(reader, { match, filter, limit, except }) {
    const { rows, raw } = await scored(reader, TABLE, match);
    return reader.all<Counted<FoundPassage>>(sql`
      select *, count(*) over () as matches from (
        select distinct on (id) * from (
          select p.owner as id, p.number, p.kind, p.part, p.session_id, p.sequence, p.created_at, ${raw} as raw
          from ${rows} t cross join ${rowsOf(reader, sql`passage`)} p
          where ${passagePasses(reader.namespace, filter)}
            and ${except ? sql`p.number not in ${anyNumber(except)}` : sql`1 = 1`}) part
        order by id, raw desc, number) best
      order by raw desc, id limit ${limit}`);
  },
  frequencies: (reader, terms) => frequencies(reader, TABLE, terms),
  strays: reader =>
    reader.all<{ name: string }>(sql`
      select 'row ' || t.number as name from passage_text t
      where t.namespace = ${reader.namespace}
        and not exists (select 1 from passage p where p.namespace = t.namespace and p.number = t.number) order by name`),
};

/** Weights as those of SQLite's schema 8. */
export const passageLexemes = (namespace: string, { own, before, after, scope }: PassageText) =>
  lexemes(
    namespace,
    [
      { text: own, quarters: 4 },
      { text: before, quarters: 2 },
      { text: after, quarters: 1 },
    ],
    scope,
  );

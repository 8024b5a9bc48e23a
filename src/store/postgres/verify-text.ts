import type { PoolClient } from 'pg';
import type { PassageText } from '../passages.js';
import type { Finding } from '../store.js';
import type { Lexemes } from './lexemes.js';
import { memoryLexemes } from './memory-text.js';
import { passageLexemes } from './passage-text.js';

const PAGE = 1000;

type Texts<Row> = {
  readonly table: 'memory_text' | 'passage_text';
  readonly columns: string;
  readonly lexemes: (row: Row) => Lexemes;
};

/** That words are indexed as their texts stand, and counted as often as rows hold them. */
export async function verifyText(client: PoolClient, namespace: string): Promise<Finding[]> {
  const altered =
    (await countAltered<Parameters<typeof memoryLexemes>[1]>(client, namespace, {
      ...{ table: 'memory_text', columns: 'own, context, scope' },
      lexemes: row => memoryLexemes(namespace, row),
    })) +
    (await countAltered<PassageText>(client, namespace, {
      ...{ table: 'passage_text', columns: 'own, before, after, scope' },
      lexemes: row => passageLexemes(namespace, row),
    }));
  const miscounted = await countMiscounted(client, namespace);
  const finding = (count: number, what: string): Finding[] =>
    count === 0 ? [] : [{ check: 'search index', found: `${count} ${what}`, advice: ADVICE }];
  return [
    ...finding(altered, 'texts are indexed by other words than they have'),
    ...finding(miscounted, 'words are counted as held by more or fewer rows than hold them'),
  ];
}

const ADVICE = 'It was changed outside mintmark. Export what can be read and import it into a new database.';

async function countAltered<Row>(
  client: PoolClient,
  namespace: string,
  { table, columns, lexemes }: Texts<Row>,
): Promise<number> {
  let altered = 0;
  for (let after = 0; ; ) {
    const { rows } = await client.query<Row & { number: number }>(
      `select number, ${columns} from ${table} where namespace = $1 and number > $2 order by number limit ${PAGE}`,
      [namespace, after],
    );
    const last = rows.at(-1);
    if (!last) return altered;
    const made = rows.map(row => ({ number: row.number, ...lexemes(row) }));
    const found = await client.query<{ count: number }>(
      `select count(*) as count from json_to_recordset($2::json) as made (number bigint, terms text, length bigint)
         join ${table} t on t.namespace = $1 and t.number = made.number
       where t.terms <> made.terms::tsvector or t.length <> made.length`,
      [namespace, JSON.stringify(made)],
    );
    altered += found.rows[0]?.count ?? 0;
    after = last.number;
  }
}

async function countMiscounted(client: PoolClient, namespace: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `with texts as (
       select 'memory' as family, terms, length from memory_text where namespace = $1
       union all select 'passage', terms, length from passage_text where namespace = $1),
     held as (
       select family, substr(word, 5) as word, count(*) as rows from texts, unnest(tsvector_to_array(terms)) word group by 1, 2
       union all select family, '', sum(length) from texts group by 1),
     kept as (select family, word, rows from text_word where namespace = $1 and rows <> 0)
     select count(*) as count from held full join kept using (family, word) where held.rows is distinct from kept.rows`,
    [namespace],
  );
  return rows[0]?.count ?? 0;
}

import { createHash } from 'node:crypto';
import type { Dialect, Pieces } from '../dialect.js';
import { literal } from '../literal.js';
import { anyOf, sql } from '../sql.js';
import { insert } from './insert.js';
import { memoryText } from './memory-text.js';
import type { NearOptions } from './near-index.js';
import { passageText } from './passage-text.js';
import { vectorsBy } from './vectors.js';

const pieces: Pieces = {
  jsonText: (json, key) => sql`(${json}::json ->> ${literal(key)})`,
  contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
  before: (text, mark) => sql`split_part(${text}, ${literal(mark)}, 1)`,
  after: (text, mark) => sql`split_part(${text}, ${literal(mark)}, 2)`,
  bytes: text => sql`octet_length(${text})`,
  apart: column => column,
  byIndex: () => sql``,
  // Texts under any key, and texts in lists, as `json_tree` gives them.
  jsonTree: json => sql`(
    with recursive tree (key, value) as (
      select null::text, ${json}::json
      union all
      select part.key, part.value from tree cross join lateral (
        select e.key, e.value from json_each(case when json_typeof(tree.value) = 'object' then tree.value end) e
        union all
        select null, a.value from json_array_elements(case when json_typeof(tree.value) = 'array' then tree.value end) a) part)
    select key, case when json_typeof(value) not in ('object', 'array') then value #>> '{}' end as atom from tree)`,
  jsonList: json => sql`json_array_elements_text(${json}::json) part (value)`,
  highest: (table, namespace, column = sql`number`) =>
    sql`select max(${column}) as number from ${table} r where namespace = ${namespace}`,
  keyed: keys => sql`digest in ${anyOf(keys.map(md5))} and key in ${anyOf(keys)}`,
  textOf: row => sql`t.namespace = ${row}.namespace and t.number = ${row}.number`,
  words: (namespace, family) =>
    sql`(select word, rows as held from text_word where namespace = ${namespace} and family = ${family})`,
};

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** All namespaces share the tables, so what is joined by number is joined by namespace too. */
export const dialectOf = (near: NearOptions): Dialect => ({
  pieces,
  insert,
  memoryText,
  passageText,
  vectors: vectorsBy(near),
});

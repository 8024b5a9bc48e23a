import type { Dialect, Pieces } from '../dialect.js';
import { literal } from '../literal.js';
import { anyOf, sql } from '../sql.js';
import { insert } from './insert.js';
import { memoryText } from './memory-text.js';
import { passageText } from './passage-text.js';
import { vectors } from './vectors.js';

const pieces: Pieces = {
  jsonText: (json, key) => sql`json_extract(${json}, ${literal(`$.${key}`)})`,
  contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
  before: (text, mark) => sql`substr(${text}, 1, instr(${text}, ${literal(mark)}) - 1)`,
  after: (text, mark) => sql`substr(${text}, instr(${text}, ${literal(mark)}) + length(${literal(mark)}))`,
  bytes: text => sql`length(cast(${text} as blob))`,
  apart: column => sql`+${column}`,
  byIndex: name => sql`indexed by ${literal(name)}`,
  jsonTree: json => sql`json_tree(${json})`,
  jsonList: json => sql`json_each(${json}) part`,
  highest: (table, _namespace, column = sql`number`) => sql`select max(${column}) as number from ${table}`,
  keyed: keys => sql`key in ${anyOf(keys)}`,
  textOf: row => sql`t.rowid = ${row}.number`,
  words: (_namespace, family) =>
    family === 'memory'
      ? sql`(select term as word, doc as held from memory_term)`
      : sql`(select term as word, doc as held from passage_term)`,
};

/** FTS5, sqlite-vec and JSON as SQLite has them. A file holds one namespace. */
export const dialect: Dialect = { pieces, insert, memoryText, passageText, vectors };

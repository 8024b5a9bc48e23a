import { type Cells, type Into, inserting } from '../insert.js';
import type { Sql } from '../sql.js';

/** About as many characters go into one statement: bodies of blobs have megabytes, and a string has an end. */
const LARGEST = 16_000_000;

/**
 * All rows as one parameter, of which the table itself says the types: a statement costs as much as several rows, and
 * triggers that look at all that was added run once.
 */
export const insert = inserting(parts, insertion);

function insertion(namespace: string, into: Into, part: readonly Cells[]): Sql {
  return { text: textOf(into), values: [namespace, JSON.stringify(part.map(row => named(into, row)))] };
}

const named = ({ columns }: Into, row: Cells) =>
  Object.fromEntries(columns.map((column, index) => [column, row[index]]));

/** Statements are known by the identity of their text. */
const texts = new WeakMap<Into, readonly string[]>();

function textOf(into: Into): readonly string[] {
  const { table, columns } = into;
  const names = columns.join(', ');
  const text = texts.get(into) ?? [
    `insert into ${table} (namespace, ${names}) select `,
    `, ${names} from json_populate_recordset(null::${table}, `,
    '::json)',
  ];
  texts.set(into, text);
  return text;
}

function* parts(rows: readonly Cells[]): Generator<readonly Cells[]> {
  let part: Cells[] = [];
  let characters = 0;
  for (const row of rows) {
    const size = row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);
    if (part.length > 0 && characters + size > LARGEST) {
      yield part;
      [part, characters] = [[], 0];
    }
    part.push(row);
    characters += size;
  }
  if (part.length > 0) yield part;
}

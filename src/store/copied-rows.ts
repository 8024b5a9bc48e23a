import { type CopiedTable, columnsOf, type Touch } from './copied-tables.js';
import { type Cell, type Cells, type Into, insertAll } from './insert.js';
import { type AnyOf, anyNumber, anyOf, type Sql, type Value } from './sql.js';
import type { Reader, Writer } from './store.js';

/** The values of one row: those of its key, then the rest. */
export type CopiedRow = Cells;

export type Page = {
  /** The key of the last row seen; none at the beginning. */
  readonly after?: CopiedRow | undefined;
  /** The key of the last row wanted; none for all. */
  readonly upto?: CopiedRow | undefined;
  readonly limit?: number;
};

export const keyOf = ({ key }: CopiedTable, row: CopiedRow): CopiedRow => row.slice(0, key.length);

/** Rows of a table in the order of its key. */
export const pageRows = (
  reader: Reader,
  table: CopiedTable,
  { after, upto, limit }: Page,
): Promise<CopiedRow[]> => {
  const conditions = new Statement().add(
    `select ${columnsOf(table).join(', ')} from ${table.name} where namespace = `,
    reader.namespace,
  );
  if (after) addComparison(conditions, '>', { table, key: after });
  if (upto) addComparison(conditions, '<=', { table, key: upto });
  conditions.add(` order by ${table.key.join(', ')}`);
  if (limit !== undefined) conditions.add(' limit ', limit);
  return rows(reader, table, conditions);
};

/** The rows that are touched through one column by some ids, or by some numbers. */
export const touchedRows = (
  reader: Reader,
  table: CopiedTable,
  { touch, ids }: { readonly touch: Touch; readonly ids: readonly (string | number)[] },
): Promise<CopiedRow[]> => {
  const columns = columnsOf(table).map(column => `t.${column}`);
  const from = `select ${columns.join(', ')} from ${table.name} t`;
  const set = touch.by === 'scope' ? anyNumber(ids.map(Number)) : anyOf(ids.map(String));
  const statement = new Statement();
  if (touch.below)
    statement
      .add(`select ${columns.join(', ')} from `, set)
      .add(` named cross join ${table.name} t where t.${touch.column} >= named.value || '/'`)
      .add(` and t.${touch.column} < named.value || '0' and t.namespace = `, reader.namespace);
  else statement.add(`${from} where t.namespace = `, reader.namespace).add(` and t.${touch.column} in `, set);
  for (const [column, value] of Object.entries(touch.only ?? {}))
    statement.add(` and t.${column} = '${value}'`);
  return rows(reader, table, statement);
};

export async function countRows(reader: Reader, { name }: CopiedTable): Promise<number> {
  const counting = new Statement().add(
    `select count(*) as count from ${name} where namespace = `,
    reader.namespace,
  );
  return reader.count(counting.sql());
}

export async function hasRows(reader: Reader, { name }: CopiedTable): Promise<boolean> {
  const looking = new Statement().add(`select 1 from ${name} where namespace = `, reader.namespace);
  return (await reader.get(looking.add(' limit 1').sql())) !== undefined;
}

export const insertRows = (writer: Writer, table: CopiedTable, added: readonly CopiedRow[]): Promise<void> =>
  insertAll(writer, intoOf(table), added);

function intoOf(table: CopiedTable): Into {
  const into = intos.get(table) ?? { table: table.name, columns: columnsOf(table) };
  intos.set(table, into);
  return into;
}

const intos = new WeakMap<CopiedTable, Into>();

export async function updateRow(writer: Writer, table: CopiedTable, row: CopiedRow): Promise<void> {
  const statement = new Statement();
  for (const [index, column] of table.rest.entries())
    statement.add(
      `${index === 0 ? `update ${table.name} set ` : ', '}${column} = `,
      row[table.key.length + index],
    );
  await writer.run(whereKey(statement, writer.namespace, { table, row }).sql());
}

export async function deleteRow(writer: Writer, table: CopiedTable, row: CopiedRow): Promise<void> {
  const statement = new Statement().add(`delete from ${table.name}`);
  await writer.run(whereKey(statement, writer.namespace, { table, row }).sql());
}

function whereKey(
  statement: Statement,
  namespace: string,
  { table, row }: { readonly table: CopiedTable; readonly row: CopiedRow },
): Statement {
  statement.add(' where namespace = ', namespace);
  for (const [index, column] of table.key.entries()) statement.add(` and ${column} = `, row[index]);
  return statement;
}

function addComparison(
  statement: Statement,
  operator: '>' | '<=',
  { table, key }: { readonly table: CopiedTable; readonly key: CopiedRow },
): void {
  statement.add(` and (${table.key.join(', ')}) ${operator} (`);
  for (const [index, value] of key.entries()) statement.add(index === 0 ? '' : ', ', value);
  statement.add(')');
}

async function rows(reader: Reader, table: CopiedTable, statement: Statement): Promise<CopiedRow[]> {
  const columns = columnsOf(table);
  const found = await reader.all<Record<string, Cell>>(statement.sql());
  return found.map(row => columns.map(column => row[column] ?? null));
}

/** Statements whose tables and columns come from the list of what is copied, never from a caller. */
class Statement {
  readonly #text: string[] = [''];
  readonly #values: (Value | AnyOf)[] = [];

  /** Adds text, and a value after it where one is given. */
  add(text: string, ...[value]: readonly [(Value | AnyOf)?]): this {
    this.#text.push(`${this.#text.pop() ?? ''}${text}`);
    if (value !== undefined) {
      this.#values.push(value);
      this.#text.push('');
    }
    return this;
  }

  sql(): Sql {
    const key = this.#text.join('\0');
    const text = texts.get(key) ?? this.#text;
    texts.set(key, text);
    return { text, values: this.#values };
  }
}

/** Statements are known by the identity of their text. */
const texts = new Map<string, readonly string[]>();

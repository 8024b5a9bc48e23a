/** What a placeholder may carry. Booleans become 0 and 1 on SQLite. */
export type Value = string | number | bigint | boolean | null | Uint8Array;

/** One bound parameter that stands for a set, rendered per dialect: `x in ${anyOf(texts)}`, or a table with a column `value`. */
export type AnyOf =
  | { readonly anyOf: readonly string[]; readonly of: 'text' }
  | { readonly anyOf: readonly number[]; readonly of: 'number' };

/** A piece of SQL whose values are bound, never spliced. `text` has one entry more than `values`. */
export type Sql = { readonly text: readonly string[]; readonly values: readonly (Value | AnyOf)[] };

export const anyOf = (texts: readonly string[]): AnyOf => ({ anyOf: texts, of: 'text' });

/** The same of integers. */
export const anyNumber = (numbers: readonly number[]): AnyOf => ({ anyOf: numbers, of: 'number' });

/** A condition: a column is one of some texts. A set of one would be made for each statement that asks. */
export const among = (column: Sql, [first = '', ...others]: readonly string[]): Sql =>
  others.length === 0 ? sql`${column} = ${first}` : sql`${column} in ${anyOf([first, ...others])}`;

/** A condition: a column begins with a text. No character that is stored sorts after the one that ends the range. */
export const beginsWith = (column: Sql, prefix: string): Sql =>
  sql`${column} >= ${prefix} and ${column} < ${`${prefix}\uffff`}`;

/** Tagged template: values become placeholders, nested fragments are inlined. */
export function sql(strings: TemplateStringsArray, ...values: readonly (Value | AnyOf | Sql)[]): Sql {
  const bound: (Value | AnyOf)[] = [];
  let nested = false;
  for (const value of values) {
    if (isSql(value)) {
      nested = true;
      bound.push(...value.values);
    } else bound.push(value);
  }
  return { text: nested ? joined(strings, values) : strings, values: bound };
}

/** Joins conditions with AND; no conditions at all is true. */
export const and = (conditions: readonly Sql[]): Sql =>
  conditions.reduce((left, right) => sql`${left} and ${right}`, sql`1 = 1`);

/**
 * The same template around the same fragments has one text, whose identity serves as a key for the statement: joining
 * and rendering it anew costs as much as many a query.
 */
function joined(strings: readonly string[], values: readonly (Value | AnyOf | Sql)[]): readonly string[] {
  let place = branch(texts, strings);
  for (const value of values) place = branch(place.next, isSql(value) ? value.text : PLACEHOLDER);
  place.text ??= join(strings, values);
  return place.text;
}

type Branch = { text?: readonly string[]; readonly next: WeakMap<readonly string[], Branch> };

const PLACEHOLDER: readonly string[] = [];
const texts: Branch['next'] = new WeakMap();

function branch(known: Branch['next'], key: readonly string[]): Branch {
  const found = known.get(key);
  if (found) return found;
  const added: Branch = { next: new WeakMap() };
  known.set(key, added);
  return added;
}

function join(strings: readonly string[], values: readonly (Value | AnyOf | Sql)[]): string[] {
  const text = [strings[0] ?? ''];
  for (const [index, value] of values.entries()) {
    const [first = '', ...rest] = isSql(value) ? value.text : ['', ''];
    text[text.length - 1] += first;
    text.push(...rest);
    text[text.length - 1] += strings[index + 1] ?? '';
  }
  return text;
}

function isSql(value: Value | AnyOf | Sql): value is Sql {
  return typeof value === 'object' && value !== null && 'text' in value;
}

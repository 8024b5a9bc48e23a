/** What a placeholder may carry. Booleans become 0 and 1 on SQLite. */
export type Value = string | number | bigint | boolean | null | Uint8Array;

/** One bound parameter that stands for a set, rendered per dialect: `x in ${anyOf(values)}`. */
export type AnyOf = { readonly anyOf: readonly (string | number)[] };

/** A piece of SQL whose values are bound, never spliced. `text` has one entry more than `values`. */
export type Sql = { readonly text: readonly string[]; readonly values: readonly (Value | AnyOf)[] };

export const anyOf = (values: readonly (string | number)[]): AnyOf => ({ anyOf: values });

/** Tagged template: values become placeholders, nested fragments are inlined. */
export function sql(strings: TemplateStringsArray, ...values: readonly (Value | AnyOf | Sql)[]): Sql {
  const plain = values.filter((value): value is Value | AnyOf => !isSql(value));
  // The literal itself is kept, so that its identity can serve as a key for the rendered text.
  if (plain.length === values.length) return { text: strings, values: plain };
  const text = [strings[0] ?? ''];
  const bound: (Value | AnyOf)[] = [];
  for (const [index, value] of values.entries()) {
    if (isSql(value)) inline(text, bound, value);
    else {
      bound.push(value);
      text.push('');
    }
    text[text.length - 1] += strings[index + 1] ?? '';
  }
  return { text, values: bound };
}

/** Joins conditions with AND; no conditions at all is true. */
export const and = (conditions: readonly Sql[]): Sql =>
  conditions.reduce((left, right) => sql`${left} and ${right}`, sql`1 = 1`);

function inline(text: string[], bound: (Value | AnyOf)[], fragment: Sql): void {
  text[text.length - 1] += fragment.text[0] ?? '';
  text.push(...fragment.text.slice(1));
  bound.push(...fragment.values);
}

function isSql(value: Value | AnyOf | Sql): value is Sql {
  return typeof value === 'object' && value !== null && 'text' in value;
}

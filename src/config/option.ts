/** One way to set the server up: its kind, its default and what it may be. */
export type Option = { readonly description: string } & (
  | { readonly kind: 'path'; readonly default: undefined; readonly defaultText: string }
  | { readonly kind: 'string'; readonly default: string; readonly pattern: RegExp; readonly form: string }
  | {
      readonly kind: 'text';
      readonly default: undefined;
      readonly defaultText: string;
      readonly pattern: RegExp;
      readonly form: string;
      /** Never shown: it may hold a secret. */
      readonly hidden?: true;
      /** What the flag alone means. */
      readonly bare?: string;
    }
  | {
      readonly kind: 'integer' | 'number';
      readonly default: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'enum'; readonly default: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly default: readonly string[]; readonly values: readonly string[] }
  | {
      readonly kind: 'list';
      readonly default: undefined;
      readonly defaultText: string;
      readonly maxLength: number;
    }
);

/** An option with the names it goes by on the command line and in the environment. */
export type NamedOption = Option & { readonly name: string; readonly flag: string; readonly env: string };

/** The default as text a reader can type, or where it comes from when it depends on the machine. */
export function defaultText(option: Option): string {
  if (option.default === undefined) return option.defaultText;
  return typeof option.default === 'object' ? option.default.join(',') : String(option.default);
}

/** What an option may be, in words that follow "expected". */
export function expectedText(option: Option): string {
  switch (option.kind) {
    case 'path':
      return 'the path of a file, :memory: or a postgres:// URL';
    case 'string':
    case 'text':
      return option.form;
    case 'integer':
      return `a whole number from ${option.min} to ${option.max}`;
    case 'number':
      return `a number from ${option.min} to ${option.max}`;
    case 'enum':
      return `one of ${option.values.join(', ')}`;
    case 'list':
      return 'values' in option
        ? `one or more of ${option.values.join(', ')}`
        : `names of at most ${option.maxLength} characters, separated by commas`;
  }
}

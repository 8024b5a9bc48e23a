import type { PoolClient } from 'pg';
import type { Dialect } from '../dialect.js';
import type { AnyOf, Sql, Value } from '../sql.js';
import type { Writer } from '../store.js';

/** Answers the store's queries within one transaction on one connection. */
export class Session implements Writer {
  readonly namespace: string;
  readonly dialect: Dialect;
  readonly #client: Pick<PoolClient, 'query'>;
  readonly #version: number;

  /** `version` is what the namespace was at when the transaction began. */
  constructor(namespace: string, client: Pick<PoolClient, 'query'>, { dialect, version }: Opened) {
    this.namespace = namespace;
    this.dialect = dialect;
    this.#client = client;
    this.#version = version;
  }

  version(): number {
    return this.#version;
  }

  async all<Row>(query: Sql): Promise<Row[]> {
    return (await this.#query(query)).rows as Row[];
  }

  async get<Row>(query: Sql): Promise<Row | undefined> {
    return (await this.#query(query)).rows[0] as Row | undefined;
  }

  async count(query: Sql): Promise<number> {
    return (await this.get<{ count: number }>(query))?.count ?? 0;
  }

  async run(query: Sql): Promise<number> {
    return (await this.#query(query)).rowCount ?? 0;
  }

  #query(query: Sql) {
    return this.#client.query({ text: render(query), values: query.values.map(bind) });
  }
}

type Opened = { readonly dialect: Dialect; readonly version: number };

/** By the identity of their text, as statements are prepared on SQLite. */
const rendered = new WeakMap<readonly string[], string>();

function render({ text, values }: Sql): string {
  const known = rendered.get(text);
  if (known !== undefined) return known;
  const joined = text.reduce((left, part, index) => append(left, values[index - 1], index) + part);
  rendered.set(text, joined);
  return joined;
}

/** A set is an array where something is looked for in it: of a subquery the planner would have to guess how much it holds. */
function append(left: string, value: Value | AnyOf | undefined, index: number): string {
  if (!isAnyOf(value)) return `${left}$${index}`;
  const array = `$${index}::${value.of === 'text' ? 'text' : 'bigint'}[]`;
  if (/\snot in $/.test(left)) return left.replace(/not in $/, `<> all (${array})`);
  if (/\sin $/.test(left)) return left.replace(/in $/, `= any (${array})`);
  return `${left}(select unnest(${array}) as value)`;
}

function bind(value: Value | AnyOf): unknown {
  if (isAnyOf(value)) return value.anyOf;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function isAnyOf(value: Value | AnyOf | undefined): value is AnyOf {
  return typeof value === 'object' && value !== null && 'anyOf' in value;
}

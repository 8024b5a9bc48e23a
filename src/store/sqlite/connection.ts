import type { Statement } from 'better-sqlite3';
import type { AnyOf, Sql, Value } from '../sql.js';
import type { Writer } from '../store.js';
import type { Connection } from './driver.js';

/** Answers the store's queries on one connection, preparing each distinct statement once. */
export class Session implements Writer {
  readonly namespace: string;
  readonly #connection: Connection;
  /** By the identity of their text, which is one array per place in the source and per set of fragments put into it. */
  readonly #statements = new WeakMap<readonly string[], Statement<unknown[]>>();

  constructor(namespace: string, connection: Connection) {
    this.namespace = namespace;
    this.#connection = connection;
  }

  async all<Row>(query: Sql): Promise<Row[]> {
    return this.#prepare(query).all(...query.values.map(bind)) as Row[];
  }

  async get<Row>(query: Sql): Promise<Row | undefined> {
    return this.#prepare(query).get(...query.values.map(bind)) as Row | undefined;
  }

  async run(query: Sql): Promise<number> {
    return this.#prepare(query).run(...query.values.map(bind)).changes;
  }

  #prepare(query: Sql): Statement<unknown[]> {
    const known = this.#statements.get(query.text);
    if (known) return known;
    const statement = this.#connection.prepare(render(query));
    this.#statements.set(query.text, statement);
    return statement;
  }
}

const render = ({ text, values }: Sql): string =>
  text.reduce((rendered, part, index) => rendered + placeholder(values[index - 1]) + part);

const placeholder = (value: Value | AnyOf | undefined): string =>
  isAnyOf(value) ? '(select value from json_each(?))' : '?';

function bind(value: Value | AnyOf): string | number | bigint | null | Uint8Array {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return isAnyOf(value) ? JSON.stringify(value.anyOf) : value;
}

function isAnyOf(value: Value | AnyOf | undefined): value is AnyOf {
  return typeof value === 'object' && value !== null && 'anyOf' in value;
}

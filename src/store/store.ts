import type { Dialect } from './dialect.js';
import type { Sql } from './sql.js';

/** Reads within one snapshot of one namespace. `Row` is trusted to match the columns: the one cast of the project. */
export type Reader = {
  readonly namespace: string;
  readonly dialect: Dialect;
  /** Another number for every state that others have committed: while it stays, so does all that was read. */
  version(): number;
  all<Row>(query: Sql): Promise<Row[]>;
  get<Row>(query: Sql): Promise<Row | undefined>;
  /** What a select of one column `count` gives: 0 without a row. */
  count(query: Sql): Promise<number>;
};

/** A write transaction. It may await nothing but its own queries: others wait for it. */
export type Writer = Reader & {
  /** Runs a statement and returns how many rows it changed. */
  run(query: Sql): Promise<number>;
};

export type StoreFacts = {
  readonly engine: string;
  readonly path: string;
  readonly schema_version: number;
  readonly size_bytes: number;
  readonly wal_bytes: number;
  readonly vectors: string;
};

/** One finding of `doctor`: what is wrong and what to do. */
export type Finding = { readonly check: string; readonly found: string; readonly advice: string };

/** The boundary behind which a database engine lives. Every method may throw an EngineError of the storage codes. */
export type Store = {
  /** Runs `fn` on one consistent snapshot. `fn` may run again when the engine asks for a retry, so it must be pure. */
  read<T>(namespace: string, fn: (reader: Reader) => Promise<T>): Promise<T>;
  /** Runs `fn` in one transaction: all of it is durable when the promise resolves, none of it when it rejects. */
  write<T>(namespace: string, fn: (writer: Writer) => Promise<T>): Promise<T>;
  /** A number that differs whenever any process may have committed to the namespace. */
  version(namespace: string): Promise<number>;
  /** All that there are, whoever made them. */
  namespaces(): Promise<string[]>;
  /** Moves the write-ahead log into the database and empties it. False while another window still reads from it. */
  settle(namespace: string): Promise<boolean>;
  facts(namespace: string): Promise<StoreFacts>;
  /** Calls `wake` when another process may have written, if the engine hears of it, until the returned function is called. */
  onChange(namespace: string, wake: () => void): () => void;
  /** What `inspect` looks at. */
  readonly checks: readonly string[];
  /** Checks the engine's own structures. */
  inspect(namespace: string): Promise<Finding[]>;
  close(): Promise<void>;
};

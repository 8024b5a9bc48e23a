import type { Inserting } from './insert.js';
import type { Counted, FoundMemory, IndexRow, TextQuery } from './memory-text.js';
import type { FoundPassage, PassageQuery } from './passage-text.js';
import type { Beside, NumberedText } from './passages.js';
import type { Sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import type { Family } from './vector-families.js';
import type { VectorModel } from './vector-models.js';
import type { Among, Embedded, HandedOut, Near, StoredVector, VectorSet } from './vectors.js';

/** What engines say differently: pieces of SQL, and the whole of full text and vectors. */
export type Dialect = {
  readonly pieces: Pieces;
  readonly insert: Inserting;
  readonly memoryText: MemoryTextIndex;
  readonly passageText: PassageTextIndex;
  readonly vectors: VectorTable;
};

export type Pieces = {
  /** The text under a key of a JSON object; null where there is none. */
  readonly jsonText: (json: Sql, key: string) => Sql;
  /** Whether a text holds another. */
  readonly contains: (text: Sql, part: Sql) => Sql;
  /** What stands before the first `mark` of a text, and after it; undefined what that is without one. */
  readonly before: (text: Sql, mark: string) => Sql;
  readonly after: (text: Sql, mark: string) => Sql;
  /** How many bytes a text has. */
  readonly bytes: (text: Sql) => Sql;
  /** A column as the planner shall not look it up in an index. */
  readonly apart: (column: Sql) => Sql;
  /** After a table: which index to use. */
  readonly byIndex: (name: string) => Sql;
  /** A select of `atom` and `key` of everything inside a JSON text. */
  readonly jsonTree: (json: Sql) => Sql;
  /** After `cross join`: what a JSON list of texts holds, as `part.value`. */
  readonly jsonList: (json: Sql) => Sql;
  /** A select of the highest of a column, which is `number` unless another is named; null where there is no row. */
  readonly highest: (table: Sql, namespace: string, column?: Sql) => Sql;
  /** A condition on rows of `scope`: the key, a text of any length, is one of these, and an index knows it. */
  readonly keyed: (keys: readonly string[]) => Sql;
  /** A condition: `t` of `memory_text` or `passage_text` is the text of a row. */
  readonly textOf: (row: Sql) => Sql;
  /** The stemmed words of a family's index and scope tokens: `word`, and `held`, by how many rows. */
  readonly words: (namespace: string, family: Family) => Sql;
};

/** The index of what memories say, in columns `own`, `context` and `scope`. */
export type MemoryTextIndex = {
  insert(writer: Writer, rows: readonly IndexRow[]): Promise<void>;
  remove(writer: Writer, numbers: Sql): Promise<void>;
  /** The best matches that pass, best first, ties in an order of their own that stays. */
  search(reader: Reader, query: TextQuery): Promise<Counted<FoundMemory>[]>;
  /** How many rows hold each stemmed term, or scope token, that any row holds. */
  frequencies(reader: Reader, stemmedTerms: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Every stemmed word that any row holds, and others. */
  words(reader: Reader): Promise<readonly string[]>;
  /** For each set of analysed words the newest rows that hold all of them. */
  newestHolding(
    reader: Reader,
    sets: readonly (readonly string[])[],
    limit: number,
  ): Promise<readonly number[][]>;
  rowsAfter(reader: Reader, number: number, limit: number): Promise<IndexRow[]>;
};

/** The same of passages, in columns `own`, `before`, `after` and `scope`. */
export type PassageTextIndex = {
  insert(writer: Writer, rows: readonly NumberedText[]): Promise<void>;
  remove(writer: Writer, numbers: Sql): Promise<void>;
  /** Changes what stands beside the words of some rows. */
  setBeside(writer: Writer, numbers: Sql, words: Partial<Beside>): Promise<void>;
  /** The best part of each noun that matches and passes, best first, ties by owner. */
  search(reader: Reader, query: PassageQuery): Promise<Counted<FoundPassage>[]>;
  frequencies(reader: Reader, stemmedTerms: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Rows that belong to no passage. */
  strays(reader: Reader): Promise<{ name: string }[]>;
};

/** Unit vectors by model, family and row number. */
export type VectorTable = {
  /** Its name; rows have namespace, id, model_id, family and number. */
  readonly table: Sql;
  /** A condition on a row `v`: it has a direction. */
  readonly present: Sql;
  /** The cosine of a row `v` and a vector. */
  readonly cosine: (vector: Float32Array) => Sql;
  /** A condition on the column `vector`: it has neither no nor so many dimensions. */
  readonly misfit: (dims: number) => Sql;
  /** Adds vectors of rows that are still there and have none. Returns how many were added. */
  insert(writer: Writer, set: VectorSet, embedded: readonly Embedded[]): Promise<number>;
  /** Takes a step towards what `nearest` goes by, beside the rows. False when nothing is left to do. */
  arrange(writer: Writer, model: VectorModel): Promise<boolean>;
  /** The nearest of all rows that pass, nearest first. */
  nearest(reader: Reader, set: VectorSet, among: Among): Promise<Near[]>;
  /** Vectors in the order in which they were added, from after an id on. */
  after(
    reader: Reader,
    set: VectorSet,
    page: { readonly after: number; readonly limit: number },
  ): Promise<StoredVector[]>;
  /** The same for whoever keeps them in memory and compares there; not where the database is as fast. */
  readonly handOut?: (
    reader: Reader,
    set: VectorSet,
    page: { readonly after: number; readonly limit: number },
  ) => Promise<HandedOut[]>;
};

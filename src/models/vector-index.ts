/** A vector under the number it has in the database. Of length 1. */
export type Numbered = { readonly id: number; readonly vector: Float32Array };

export type Proposed = { readonly id: number; readonly cosine: number };

export type Asked = { readonly vector: Float32Array; readonly limit: number; readonly signal: AbortSignal };

/**
 * Vectors beside the database, in spaces that know nothing of each other. It may forget, be behind or be gone: the
 * database has all of it, and the last word. Every method throws `unavailable`.
 */
export type VectorIndex = {
  /** What and where it is, for people; without a key. */
  readonly name: string;
  /** Adds vectors to a space, or puts them in place of those under the same numbers. */
  put(space: string, vectors: readonly Numbered[], signal: AbortSignal): Promise<void>;
  /** Those that are not there are gone already. */
  remove(space: string, ids: readonly number[], signal: AbortSignal): Promise<void>;
  clear(space: string, signal: AbortSignal): Promise<void>;
  /** About the nearest of a space, nearest first. */
  nearest(space: string, asked: Asked): Promise<readonly Proposed[]>;
  count(space: string, signal: AbortSignal): Promise<number>;
};

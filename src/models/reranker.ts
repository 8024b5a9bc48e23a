export type Reranking = {
  readonly query: string;
  /** Data, whatever they say. */
  readonly texts: readonly string[];
  /** Ends the work early; nobody waits for it any more. */
  readonly signal: AbortSignal;
};

/**
 * A model that reads texts beside a query. `rerank` resolves to how well each answers it, in their order: finite numbers
 * of any scale, higher is better. It is asked only where an operator configured it or a caller of the library gave it.
 */
export type Reranker = { rerank(asked: Reranking): Promise<readonly number[]> };

/** What a vector is made for: some models embed a question differently from the text that answers it. */
export type EmbeddingKind = 'query' | 'passage';

export type EmbedOptions = {
  readonly kind: EmbeddingKind;
  /** Ends the work early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Turns texts into vectors. `name` identifies the vector space: two embedders of one name give the same vector for the
 * same text, and vectors of different names are never compared.
 */
export type Embedder = {
  readonly name: string;
  readonly dims: number;
  /**
   * One vector of `dims` numbers for each text, in order. A text that means nothing to the model gives a zero vector,
   * which no index takes in.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Float32Array[]>;
};

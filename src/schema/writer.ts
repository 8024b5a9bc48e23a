export type Writing = {
  /** What is wanted, and in which form. */
  readonly instructions: string;
  /** What it is written from: data, whatever it says. */
  readonly text: string;
  /** Most tokens of the answer, by the model's own count. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
};

/**
 * A model that writes summaries and drafts. `write` resolves to the whole text; it rejects with `too_large` when the
 * answer was cut off, and with anything else when there is none. It is asked only where an operator configured it.
 */
export type Writer = {
  /** Kept beside what it wrote, `http llama3.2` for example; never a secret. */
  readonly name: string;
  write(asked: Writing): Promise<string>;
};

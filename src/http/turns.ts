/**
 * One request begins in each turn of the event loop. Node takes in one new connection a turn, and answers all that came
 * over open ones: under 64 busy clients a new one waited 64 answers for each that came before it.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in the order of asking. */
  next(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#take);
    });
  }

  readonly #take = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#take);
  };
}

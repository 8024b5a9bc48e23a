const FIRST_MS = 1000;

/**
 * Asks nothing of who has just failed to answer: after each failure in a row for twice as long, up to `most` milliseconds.
 * What was said of the failure is said again meanwhile.
 */
export class Pause {
  readonly #most: number;
  #times = 0;
  #until = 0;
  #error: unknown;

  constructor(most: number) {
    this.#most = most;
  }

  /** Throws what `work` throws, or threw when it was last tried. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#until) throw this.#error;
    try {
      const result = await work();
      this.#times = 0;
      return result;
    } catch (error) {
      this.#until = performance.now() + Math.min(this.#most, FIRST_MS * 2 ** this.#times);
      this.#times += 1;
      this.#error = error;
      throw error;
    }
  }
}

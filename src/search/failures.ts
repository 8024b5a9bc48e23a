import type { EngineError } from '../errors.js';

const LONGEST_MS = 300_000;

type Failure = { readonly times: number; readonly message: string; readonly timer: NodeJS.Timeout };

/** Work that failed, by namespace, and is tried again after a pause: for each failure in a row twice as long. */
export class Failures {
  readonly #firstMs: number;
  readonly #failed = new Map<string, Failure>();
  #closed = false;

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  has(namespace: string): boolean {
    return this.#failed.has(namespace);
  }

  message(namespace: string): string | undefined {
    return this.#failed.get(namespace)?.message;
  }

  add(namespace: string, { message }: EngineError, again: () => void): void {
    if (this.#closed) return;
    const times = (this.#failed.get(namespace)?.times ?? 0) + 1;
    const longest = Math.min(LONGEST_MS, this.#firstMs * 2 ** (times - 1));
    // Several processes that failed together shall not try again together.
    const timer = setTimeout(again, longest * (0.5 + Math.random() / 2)).unref();
    this.#failed.set(namespace, { times, message, timer });
  }

  /** It went well, or there is nothing left to do. */
  delete(namespace: string): void {
    clearTimeout(this.#failed.get(namespace)?.timer);
    this.#failed.delete(namespace);
  }

  close(): void {
    this.#closed = true;
    for (const namespace of [...this.#failed.keys()]) this.delete(namespace);
  }
}

const WIDTH = 24;
const INTERVAL_MS = 100;

/** A bar, or a count where the total is not known: `[######……] 1200 of 4000 memories`. */
export function bar(what: string, done: number, total?: number): string {
  if (total === undefined || total === 0) return `${done} ${what}`;
  const filled = Math.round((Math.min(done, total) / total) * WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done} of ${total} ${what}`;
}

/** Shows how far long work has come, on a terminal's standard error only, and leaves nothing behind. */
export class Progress implements Disposable {
  readonly #what: string;
  readonly #total: number | undefined;
  #shownAt = 0;

  constructor(what: string, total?: number) {
    this.#what = what;
    this.#total = total;
  }

  report(done: number): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    process.stderr.write(`\r\u001b[2K${bar(this.#what, done, this.#total)}`);
  }

  [Symbol.dispose](): void {
    if (this.#shownAt > 0) process.stderr.write('\r\u001b[2K');
  }
}

import { EngineError } from './errors.js';
import { DAY } from './text/time.js';
import { tracedLater } from './trace.js';

/** A piece of work. It ends soon after the signal and leaves nothing half done. */
export type Work = (signal: AbortSignal) => Promise<void>;

/** Long enough for the reply that asked for the work to be out. */
const AFTER_REPLY_MS = 5;

/**
 * Work that no reply waits for: one piece at a time, in the order asked for, what waits under a key only once. It keeps
 * no process alive; what was not begun is found again by whoever opens the database next.
 */
export class Background {
  readonly #waiting = new Map<string, Work>();
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  /** Does the work after the current reply, unless work under the same key waits already. */
  later(key: string, work: Work): void {
    if (this.#closing.signal.aborted || this.#waiting.has(key)) return;
    this.#waiting.set(key, tracedLater(work));
    this.#plan();
  }

  /** Resolves when nothing waits or runs any more; work that is asked for meanwhile is waited for too. */
  settled(): Promise<void> {
    return keptAlive(() => this.#run());
  }

  #run(): Promise<void> {
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
      this.#plan();
    });
    return this.#running;
  }

  /** Drops what waits, tells what runs to end and waits for it. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting.clear();
    await this.settled();
  }

  async #drain(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A map's iteration also visits what is put in meanwhile.
    for (const [key, work] of this.#waiting) {
      this.#waiting.delete(key);
      await work(this.#closing.signal).catch(report);
    }
  }

  #plan(): void {
    if (this.#running || this.#waiting.size === 0) return;
    this.#timer ??= setTimeout(() => void this.#run(), AFTER_REPLY_MS).unref();
  }
}

/** Keeps the process alive for work that somebody waits for, since it may be in a pause that does not. */
export async function keptAlive<T>(work: () => Promise<T>): Promise<T> {
  const held = setInterval(() => {}, DAY);
  return work().finally(() => clearInterval(held));
}

/** A full disk or a closed database is told to the next caller; anything else is a bug, and nobody else would see it. */
function report(error: unknown): void {
  if (!(error instanceof EngineError)) console.error(error);
}

import { MINUTE } from '../text/time.js';
import { Problem } from './problem.js';

type Bucket = { left: number; at: number };

/** More callers than this are forgotten once nothing of theirs is used up. */
const REMEMBERED = 10_000;

/**
 * So many a minute for each caller, all at once or spread out (a token bucket).
 * Source: Turner, New directions in communications, 1986.
 */
export class Rate {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Undefined if there was one left to take, else the seconds until there is. `now` is Unix milliseconds. */
  take(caller: string, now: number): number | undefined {
    const { left, at } = this.#buckets.get(caller) ?? { left: this.#perMinute, at: now };
    const perMs = this.#perMinute / MINUTE;
    const available = Math.min(this.#perMinute, left + Math.max(0, now - at) * perMs);
    this.#buckets.set(caller, { left: available >= 1 ? available - 1 : available, at: now });
    if (this.#buckets.size > REMEMBERED) this.#forgetFull(now);
    return available >= 1 ? undefined : Math.ceil((1 - available) / perMs / 1000);
  }

  #forgetFull(now: number): void {
    for (const [caller, { at }] of this.#buckets) if (now - at > MINUTE) this.#buckets.delete(caller);
  }
}

/** So many at a time for each caller. */
export class Running {
  readonly #most: number;
  readonly #what: string;
  readonly #counts = new Map<string, number>();
  total = 0;

  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** Throws a 429 when there are too many; else returns the way to say that it is over. */
  begin(caller: string): () => void {
    const count = this.#counts.get(caller) ?? 0;
    if (count >= this.#most)
      throw new Problem(429, 'rate_limited', {
        detail: `${this.#most} ${this.#what} are open already. Wait until one has ended.`,
        headers: { 'retry-after': '1' },
      });
    this.#counts.set(caller, count + 1);
    this.total += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.total -= 1;
      const left = (this.#counts.get(caller) ?? 1) - 1;
      if (left > 0) this.#counts.set(caller, left);
      else this.#counts.delete(caller);
    };
  }
}

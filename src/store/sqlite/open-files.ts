import { MINUTE } from '../../text/time.js';
import { closed } from '../closed.js';
import type { DatabaseFile } from './file.js';

export type OpenFilesOptions = {
  readonly open: (namespace: string) => Promise<DatabaseFile>;
  /** How many may stay open while nobody uses them. */
  readonly most: number;
  readonly idleMs: number;
  /** Never closed before the store is: what every call needs, and what lies in memory alone. */
  readonly keep: (namespace: string) => boolean;
};

type Opened = {
  readonly file: Promise<DatabaseFile>;
  users: number;
  usedAt: number;
};

/**
 * The files of the namespaces in use, each opened on first use and closed when unused for long, or when there are too
 * many and it is the one longest unused. One in use is never closed; one that closes is not opened again until it has.
 */
export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #files = new Map<string, Opened>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #openings = 0;
  #closed = false;
  readonly #opening = new WeakMap<DatabaseFile, number>();

  constructor(options: OpenFilesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#closeIdle(), Math.min(options.idleMs, MINUTE)).unref();
  }

  async use<T>(namespace: string, work: (file: DatabaseFile) => Promise<T> | T): Promise<T> {
    if (this.#closed) throw closed();
    const opened = this.#files.get(namespace) ?? this.#begin(namespace);
    opened.users += 1;
    try {
      return await work(await opened.file);
    } finally {
      opened.users -= 1;
      opened.usedAt = performance.now();
      if (this.#files.size > this.#options.most) this.#closeOldest();
    }
  }

  /** Which opening of its file this is, so that what was noted of an earlier one is not taken for unchanged. */
  openingOf(file: DatabaseFile): number {
    return this.#opening.get(file) ?? 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    const files = [...this.#files.values()];
    this.#files.clear();
    const opened = await Promise.allSettled(files.map(({ file }) => file));
    for (const file of opened) if (file.status === 'fulfilled') await file.value.close();
    await Promise.all(this.#closing.values());
  }

  #begin(namespace: string): Opened {
    const file = this.#open(namespace);
    const opened = { file, users: 0, usedAt: performance.now() };
    this.#files.set(namespace, opened);
    // A file that could not be opened may be repaired while the server lives, so the next call tries again.
    file.catch(() => this.#files.get(namespace) === opened && this.#files.delete(namespace));
    return opened;
  }

  async #open(namespace: string): Promise<DatabaseFile> {
    await this.#closing.get(namespace);
    const file = await this.#options.open(namespace);
    this.#opening.set(file, ++this.#openings);
    return file;
  }

  #closeIdle(): void {
    const now = performance.now();
    for (const [namespace, { usedAt }] of this.#unused())
      if (now - usedAt > this.#options.idleMs) this.#end(namespace);
  }

  #closeOldest(): void {
    const [oldest] = this.#unused().sort(([, one], [, other]) => one.usedAt - other.usedAt);
    if (oldest) this.#end(oldest[0]);
  }

  #unused(): [string, Opened][] {
    return [...this.#files].filter(([namespace, { users }]) => users === 0 && !this.#options.keep(namespace));
  }

  #end(namespace: string): void {
    const opened = this.#files.get(namespace);
    if (!opened) return;
    this.#files.delete(namespace);
    const closing = opened.file
      .then(file => file.close())
      .catch(() => {})
      .finally(() => this.#closing.delete(namespace));
    this.#closing.set(namespace, closing);
  }
}

import { randomUUID } from 'node:crypto';
import type { Background } from '../background.js';
import { EngineError } from '../errors.js';
import type { Embedder } from '../models/embedder.js';
import type { EmbedderSource } from '../models/open.js';
import type { Sources } from '../sources.js';
import type { Reader, Store } from '../store/store.js';
import { anyPending } from '../store/vector-claims.js';
import { insertModel, modelIn, type VectorModel, vectorModels } from '../store/vector-models.js';
import { untraced } from '../trace.js';
import { Failures } from './failures.js';
import { indexStep } from './index-step.js';

export type IndexerParts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly background: Background;
  readonly embedder: EmbedderSource;
  /** Told whenever vectors may have come or gone. */
  readonly changed?: (namespace: string) => Promise<void>;
};

/** Writes come in bursts: they are awaited to end, but not for ever. */
const QUIET_MS = 100;
const LONGEST_MS = 2000;
const OTHERS_MS = 1000;

type Waiting = { readonly since: number; readonly timer: NodeJS.Timeout };

/** Sees to it that every row gets its vector, after the replies, whichever process wrote it. */
export class Indexer {
  readonly #parts: IndexerParts;
  readonly #owner = randomUUID();
  readonly #waiting = new Map<string, Waiting>();
  readonly #failures: Failures;
  /** Written to since it was last begun with: it will be begun with again. */
  readonly #written = new Set<string>();
  /** Left to a later run before all was concluded. */
  readonly #left = new Set<string>();
  #closed = false;

  constructor(parts: IndexerParts) {
    this.#parts = parts;
    this.#failures = new Failures(parts.embedder.retryMs);
  }

  /** Something may have been written to a namespace. */
  wake(namespace: string, afterMs = QUIET_MS): void {
    if (this.#closed || this.#failures.has(namespace)) return;
    this.#written.add(namespace);
    const before = this.#waiting.get(namespace);
    clearTimeout(before?.timer);
    const now = performance.now();
    const since = before?.since ?? now;
    const wait = Math.min(afterMs, Math.max(0, since + LONGEST_MS - now));
    const timer = setTimeout(() => this.#begin(namespace), wait).unref();
    this.#waiting.set(namespace, { since, timer });
  }

  /** Begins at once what waits for a burst of writes to end. */
  hurry(): void {
    for (const namespace of [...this.#waiting.keys()]) this.#begin(namespace);
  }

  /** Why embedding has stopped for a while, if it has. */
  failure(namespace: string): string | undefined {
    return this.#failures.message(namespace);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#failures.close();
  }

  #begin(namespace: string): void {
    clearTimeout(this.#waiting.get(namespace)?.timer);
    this.#waiting.delete(namespace);
    // For the rows of many requests together, and so for none of them.
    untraced(() =>
      this.#parts.background.later(`embed ${namespace}`, signal => this.#run(namespace, signal)),
    );
  }

  async #run(namespace: string, signal: AbortSignal): Promise<void> {
    this.#written.delete(namespace);
    try {
      const { store } = this.#parts;
      const left = this.#left.delete(namespace);
      const isDue = left || (await store.read(namespace, reader => this.#isDue(reader)));
      const alone = !isDue || (await this.#embed(namespace, signal));
      this.#failures.delete(namespace);
      await this.#parts.changed?.(namespace);
      if (!alone) this.wake(namespace, OTHERS_MS);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EngineError)) throw error;
      this.#failures.add(namespace, error, () => this.#begin(namespace));
    }
  }

  /** Told without opening the embedder: something is pending, or all there is was made by another one. */
  async #isDue(reader: Reader): Promise<boolean> {
    if (await anyPending(reader)) return true;
    const models = await vectorModels(reader);
    return (
      models.length > 0 &&
      !models.some(({ name, state }) => state !== 'old' && this.#parts.embedder.makes(name))
    );
  }

  /** False when others are at work on what is left: should they stop, it is for us to finish. */
  async #embed(namespace: string, signal: AbortSignal): Promise<boolean> {
    const { embedder: source, ...parts } = this.#parts;
    const embedder = await source.open();
    const model = await this.#model(namespace, embedder);
    const indexing = { ...parts, namespace, embedder, batch: source.batch, owner: this.#owner, signal };
    for (;;) {
      const step = await indexStep(model, indexing);
      if (step === 'others at work') return false;
      if (step === 'complete') return true;
      if (!step.caughtUp || !this.#written.has(namespace)) continue;
      // Each row of a burst that goes on would cost its writer two more commits to wait for.
      this.#left.add(namespace);
      return true;
    }
  }

  /** The set that is filled: the newest of the embedder's name, begun where there is none. */
  async #model(namespace: string, { name, dims }: Embedder): Promise<VectorModel> {
    const { store, sources } = this.#parts;
    const space = { name, dims };
    const known = await store.read(namespace, reader => modelIn(reader, space));
    if (known) return known;
    return store.write(
      namespace,
      async writer => (await modelIn(writer, space)) ?? insertModel(writer, { ...space, at: sources.now() }),
    );
  }
}

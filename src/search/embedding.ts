import { randomUUID } from 'node:crypto';
import { Background } from '../background.js';
import type { Options } from '../config/options.js';
import type { EmbedderSource } from '../models/open.js';
import type { Sources } from '../sources.js';
import type { Reader, Store } from '../store/store.js';
import { countEmbeddable, countPending } from '../store/vector-claims.js';
import { vectorModels } from '../store/vector-models.js';
import { Indexer } from './indexer.js';
import { type Reindexed, type Reindexing, reindex } from './reindex.js';
import { Semantic } from './semantic.js';

export type EmbeddingParts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly embedder: EmbedderSource;
  readonly options: Pick<Options, 'embedQueryMs' | 'vectorCacheMb'>;
};

/** Everything there is because an embedder is set up: vectors come after the replies, in a queue of their own. */
export class Embedding {
  readonly semantic: Semantic;
  readonly #parts: EmbeddingParts;
  readonly #background = new Background();
  readonly #indexer: Indexer;
  readonly #seen = new Set<string>();

  constructor(parts: EmbeddingParts) {
    this.#parts = parts;
    const { store, embedder, options } = parts;
    const background = this.#background;
    this.#indexer = new Indexer({ ...parts, background });
    this.semantic = new Semantic({
      store,
      background,
      embedder,
      deadlineMs: options.embedQueryMs,
      cacheMb: options.vectorCacheMb,
    });
  }

  /** The same store for all others: what they write is embedded later, and what was left over when they first look. */
  watch(store: Store): Store {
    return {
      ...store,
      read: async (namespace, fn) => {
        const result = await store.read(namespace, fn);
        if (!this.#seen.has(namespace)) this.#wake(namespace);
        return result;
      },
      write: async (namespace, fn) => {
        const result = await store.write(namespace, fn);
        this.#wake(namespace);
        return result;
      },
    };
  }

  /** How many rows have no vector yet. */
  async pending(reader: Reader): Promise<number> {
    const model = (await vectorModels(reader)).find(({ state }) => state !== 'old');
    return model ? countPending(reader, model.id) : countEmbeddable(reader);
  }

  /** Why nothing is embedded for the moment, if so. */
  failure(namespace: string): string | undefined {
    return this.#indexer.failure(namespace);
  }

  async reindex(namespace: string, asked: Reindexing): Promise<Reindexed> {
    const { store, sources, embedder: source } = this.#parts;
    const { batch } = source;
    return reindex(
      { store, sources, namespace, embedder: await source.open(), batch, owner: randomUUID() },
      asked,
    );
  }

  settled(): Promise<void> {
    this.#indexer.hurry();
    return this.#background.settled();
  }

  async close(): Promise<void> {
    this.#indexer.close();
    await this.#background.close();
  }

  #wake(namespace: string): void {
    this.#seen.add(namespace);
    this.#indexer.wake(namespace);
  }
}

import { randomUUID } from 'node:crypto';
import { Background, keptAlive } from '../background.js';
import type { Options } from '../config/options.js';
import type { EmbedderSource } from '../models/open.js';
import type { VectorIndex } from '../models/vector-index.js';
import type { Sources } from '../sources.js';
import type { Reader, Store } from '../store/store.js';
import { countEmbeddable, countPending } from '../store/vector-claims.js';
import { vectorModels } from '../store/vector-models.js';
import { Feeder } from './feeder.js';
import { Indexer } from './indexer.js';
import { Proposer } from './proposals.js';
import { type Reindexed, type Reindexing, reindex } from './reindex.js';
import { Semantic } from './semantic.js';

export type EmbeddingParts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly embedder: EmbedderSource;
  readonly options: Pick<Options, 'embedQueryMs' | 'vectorCacheMb'>;
  /** Vectors are told to it, and asked of it, besides the database. */
  readonly index?: VectorIndex | undefined;
};

/** Everything there is because an embedder is set up: vectors come after the replies, in a queue of their own. */
export class Embedding {
  readonly semantic: Semantic;
  readonly #parts: EmbeddingParts;
  readonly #background = new Background();
  readonly #indexer: Indexer;
  readonly #feeder: Feeder | undefined;
  readonly #proposer: Proposer | undefined;
  readonly #seen = new Set<string>();

  constructor(parts: EmbeddingParts) {
    this.#parts = parts;
    const { store, embedder, options } = parts;
    const background = this.#background;
    const { index } = parts;
    this.#feeder = index && new Feeder({ ...parts, index, background });
    this.#proposer = index && new Proposer(store, index);
    this.#indexer = new Indexer({ ...parts, background, changed: namespace => this.#feed(namespace) });
    this.semantic = new Semantic({
      store,
      background,
      embedder,
      proposer: this.#proposer,
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
    const { makes } = this.#parts.embedder;
    const model = (await vectorModels(reader)).find(({ name, state }) => state !== 'old' && makes(name));
    return model ? countPending(reader, model.id) : countEmbeddable(reader);
  }

  /** Why nothing is embedded for the moment, if so. */
  failure(namespace: string): string | undefined {
    return this.#indexer.failure(namespace);
  }

  /** Why the index beside the database is behind or not asked, if so. */
  indexFailure(namespace: string): string | undefined {
    return this.#feeder?.failure(namespace) ?? this.#proposer?.failure;
  }

  reindex(namespace: string, asked: Reindexing): Promise<Reindexed> {
    const { store, sources, embedder: source } = this.#parts;
    const { batch } = source;
    return keptAlive(async () => {
      const embedder = await source.open();
      const done = await reindex({ store, sources, namespace, embedder, batch, owner: randomUUID() }, asked);
      await this.#feeder?.rebuild(namespace, embedder);
      return done;
    });
  }

  settled(): Promise<void> {
    this.#indexer.hurry();
    return this.#background.settled();
  }

  async close(): Promise<void> {
    this.#indexer.close();
    this.#feeder?.close();
    await this.#background.close();
  }

  async #feed(namespace: string): Promise<void> {
    if (this.#feeder) this.#feeder.wake(namespace, await this.#parts.embedder.open());
  }

  #wake(namespace: string): void {
    this.#seen.add(namespace);
    this.#indexer.wake(namespace);
  }
}

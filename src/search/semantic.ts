import type { Background } from '../background.js';
import { EngineError } from '../errors.js';
import { embedUnits } from '../models/batch.js';
import type { EmbedderSource } from '../models/open.js';
import type { Reader, Store } from '../store/store.js';
import { type VectorModel, vectorModels } from '../store/vector-models.js';
import { cosinesOf, type Near as Distance, type VectorSet, vectorIds } from '../store/vectors.js';
import { deadline } from './deadline.js';
import type { Family } from './families.js';
import { covering } from './frequencies.js';
import { type Near, nearest, nearestByComparing } from './nearest.js';
import { type Compared, VectorCache } from './vector-cache.js';

export type SemanticParts = {
  readonly store: Store;
  readonly background: Background;
  readonly embedder: EmbedderSource;
  /** How long a search waits for its query's vector, in milliseconds. */
  readonly deadlineMs: number;
  /** Megabytes that vectors kept in memory may take, for each set. */
  readonly cacheMb: number;
};

/** A query as a vector, in the space of the model that `name` and `dims` identify. */
export type Question = { readonly name: string; readonly dims: number; readonly vector: Float32Array };

/** `usual`: nothing is wrong, and nobody needs to be told. */
export type Missing = { readonly missing: string; readonly usual?: true };

export type Around = {
  /** Rows that pass, nearest first. */
  nearest(limit: number): Promise<readonly Near[]>;
  /** How near some rows are, for those that have a vector. */
  cosines(numbers: readonly number[]): Promise<readonly Distance[]>;
};

type Comparing = Pick<Question, 'vector'> & {
  readonly space: VectorModel;
  readonly set: VectorSet;
  readonly family: Family;
};

/** To compare a row in the database costs as much as so many in memory. */
const SELECTIVE = 10;

/** Finds what is near to a query in meaning. */
export class Semantic {
  readonly #parts: SemanticParts;
  readonly #caches = new Map<string, VectorCache | 'too large'>();
  readonly #embedded = new Set<string>();
  #extension: Promise<boolean> | undefined;

  constructor(parts: SemanticParts) {
    this.#parts = parts;
  }

  /** The query's vector; or why there is none, in time or at all, so that a search goes on without. */
  async ask(namespace: string, query: string): Promise<Question | Missing> {
    const { embedder: source, deadlineMs } = this.#parts;
    if (!(await this.#comparable(namespace))) return { missing: 'sqlite-vec is not available' };
    if (!(await this.#hasVectors(namespace))) return { missing: 'nothing is embedded yet', usual: true };
    const late = deadline(deadlineMs);
    try {
      const asking = source.open().then(async embedder => {
        const [vector] = await embedUnits(embedder, [query], { kind: 'query', signal: late.signal });
        return vector
          ? { name: embedder.name, dims: embedder.dims, vector }
          : { missing: 'the query means nothing to the model' };
      });
      // Whoever loses the race may still fail, and nobody waits for it.
      asking.catch(() => {});
      return await Promise.race([asking, late.passed]);
    } catch (error) {
      if (late.signal.aborted) return { missing: `no vector within ${deadlineMs} ms` };
      if (error instanceof EngineError) return { missing: error.message };
      throw error;
    } finally {
      late.cancel();
    }
  }

  /** What is near to a question among the rows of a family; undefined where nothing of its model is embedded. */
  async around(reader: Reader, { vector, ...model }: Question, family: Family): Promise<Around | undefined> {
    const space = modelOf(model, await vectorModels(reader));
    if (!space) return undefined;
    const set = { model: space.id, family: family.name };
    const compared = await this.#compared(reader, { space, set, vector, family });
    return {
      nearest: limit =>
        compared
          ? nearest(reader, set, { vector, family, limit, compared })
          : nearestByComparing(reader, set, { vector, family, limit }),
      cosines: async numbers => {
        if (numbers.length === 0) return [];
        if (!compared) return cosinesOf(reader, set, { vector, numbers });
        return (await vectorIds(reader, set, numbers)).flatMap(({ number, id }) => {
          const cosine = compared.cosine(id);
          return cosine === undefined ? [] : { number, cosine };
        });
      },
    };
  }

  /** Undefined where the database compares faster, or the vectors are not in memory. */
  async #compared(reader: Reader, { space, set, vector, family }: Comparing): Promise<Compared | undefined> {
    const cache = this.#cache(reader.namespace, space, set);
    await cache?.advance(reader, set);
    if (!cache?.complete) return undefined;
    const covered = await covering(reader, family);
    return covered * SELECTIVE < cache.count ? undefined : cache.compare(vector);
  }

  /** Undefined where the vectors are more than may be kept. */
  #cache(namespace: string, { dims }: VectorModel, set: VectorSet): VectorCache | undefined {
    const key = `${namespace}/${set.model}/${set.family}`;
    const cache = this.#caches.get(key) ?? new VectorCache(dims);
    if (cache === 'too large' || this.#isTooLarge(cache)) {
      this.#caches.set(key, 'too large');
      return undefined;
    }
    this.#caches.set(key, cache);
    if (!cache.complete)
      this.#parts.background.later(`vectors ${key}`, signal => this.#warm(namespace, set, { cache, signal }));
    return cache;
  }

  #isTooLarge({ bytes }: VectorCache): boolean {
    return bytes > this.#parts.cacheMb * MEGABYTE;
  }

  /** A page a read, so that nobody waits for more than that. */
  async #warm(
    namespace: string,
    set: VectorSet,
    { cache, signal }: { readonly cache: VectorCache; readonly signal: AbortSignal },
  ): Promise<void> {
    while (!cache.complete && !signal.aborted && !this.#isTooLarge(cache))
      await this.#parts.store.read(namespace, reader => cache.advance(reader, set));
  }

  /** Asked until there is a model: from then on there is one, current or being built. */
  async #hasVectors(namespace: string): Promise<boolean> {
    if (this.#embedded.has(namespace)) return true;
    const models = await this.#parts.store.read(namespace, vectorModels);
    if (models.length > 0) this.#embedded.add(namespace);
    return models.length > 0;
  }

  #comparable(namespace: string): Promise<boolean> {
    this.#extension ??= this.#parts.store
      .facts(namespace)
      .then(({ vectors }) => !vectors.startsWith('unavailable'));
    return this.#extension;
  }
}

const MEGABYTE = 1024 * 1024;

/** The complete set of the question's space; while the first is built, that one. */
const modelOf = (
  { name, dims }: Omit<Question, 'vector'>,
  models: readonly VectorModel[],
): VectorModel | undefined => {
  const own = models.filter(model => model.name === name && model.dims === dims && model.state !== 'old');
  return own.find(({ state }) => state === 'current') ?? own[0];
};

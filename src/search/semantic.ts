import type { Background } from '../background.js';
import { EngineError } from '../errors.js';
import { embedUnits } from '../models/batch.js';
import type { EmbedderSource } from '../models/open.js';
import type { Sql } from '../store/sql.js';
import type { Reader, Store } from '../store/store.js';
import type { Family } from '../store/vector-families.js';
import { type VectorModel, vectorModels } from '../store/vector-models.js';
import { cosinesOf, type Near, type VectorSet } from '../store/vectors.js';
import { nearest } from './nearest.js';
import { VectorCache } from './vector-cache.js';

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

export type Neighbourhood = { readonly family: Family; readonly passes: Sql; readonly limit: number };

/** Finds what is near to a query in meaning. */
export class Semantic {
  readonly #parts: SemanticParts;
  readonly #caches = new Map<string, VectorCache | 'too large'>();
  #extension: Promise<boolean> | undefined;

  constructor(parts: SemanticParts) {
    this.#parts = parts;
  }

  /** The query's vector; or why there is none, in time or at all, so that a search goes on without. */
  async ask(namespace: string, query: string): Promise<Question | Missing> {
    const { embedder: source, deadlineMs } = this.#parts;
    if (!(await this.#comparable(namespace))) return { missing: 'sqlite-vec is not available' };
    if ((await this.#parts.store.read(namespace, vectorModels)).length === 0)
      return { missing: 'nothing is embedded yet', usual: true };
    const late = timeOut(deadlineMs);
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

  /** Row numbers that pass, nearest first. None as long as nothing of the question's model is embedded. */
  async nearest(
    reader: Reader,
    question: Question,
    { family, ...query }: Neighbourhood,
  ): Promise<readonly Near[]> {
    const model = modelOf(question, await vectorModels(reader));
    if (!model) return [];
    const set = { model: model.id, family };
    const cache = this.#cache(reader.namespace, model, set);
    return nearest(reader, set, { ...query, vector: question.vector, cache });
  }

  /** How near some rows are, for those that have a vector. */
  async cosines(
    reader: Reader,
    question: Question,
    { family, numbers }: { readonly family: Family; readonly numbers: readonly number[] },
  ): Promise<readonly Near[]> {
    const model = modelOf(question, await vectorModels(reader));
    if (!model || numbers.length === 0) return [];
    return cosinesOf(reader, { model: model.id, family }, { vector: question.vector, numbers });
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

  #comparable(namespace: string): Promise<boolean> {
    this.#extension ??= this.#parts.store
      .facts(namespace)
      .then(({ vectors }) => !vectors.startsWith('unavailable'));
    return this.#extension;
  }
}

const MEGABYTE = 1024 * 1024;

/** The complete set of the question's space; while the first is built, that one. */
const modelOf = ({ name, dims }: Question, models: readonly VectorModel[]): VectorModel | undefined => {
  const own = models.filter(model => model.name === name && model.dims === dims && model.state !== 'old');
  return own.find(({ state }) => state === 'current') ?? own[0];
};

function timeOut(ms: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(controller.signal.reason);
    }, ms);
  });
  return { signal: controller.signal, passed, cancel: () => clearTimeout(timer) };
}

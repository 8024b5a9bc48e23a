import type { Background } from '../background.js';
import { EngineError } from '../errors.js';
import { embedUnits } from '../models/batch.js';
import type { Embedder } from '../models/embedder.js';
import type { EmbedderSource } from '../models/open.js';
import type { Reader, Store } from '../store/store.js';
import { modelsIn, type Space, type VectorModel, vectorModels } from '../store/vector-models.js';
import { cosinesOf, type Near as Distance, type VectorSet } from '../store/vectors.js';
import { deadline } from './deadline.js';
import type { Family } from './families.js';
import { covering } from './frequencies.js';
import { type Near, type Nearest, nearest, nearestByComparing } from './nearest.js';
import { nearestProposed, type Proposals, type Proposer, proposalsFor } from './proposals.js';
import { untilCommit } from './until-commit.js';
import { type Compared, type Row, VectorCache } from './vector-cache.js';

export type SemanticParts = {
  readonly store: Store;
  readonly background: Background;
  readonly embedder: EmbedderSource;
  /** How long a search waits for its query's vector, in milliseconds. */
  readonly deadlineMs: number;
  /** Asked what is near before the database is, where there is an index beside it. */
  readonly proposer?: Proposer | undefined;
  /** Megabytes that vectors kept in memory may take, for each set. */
  readonly cacheMb: number;
};

/** A query as a vector, in the space of its model. */
export type Question = Space & {
  readonly vector: Float32Array;
  readonly proposals?: readonly Proposals[] | undefined;
};

/** `usual`: nothing is wrong, and nobody needs to be told. `meaningless`: it is the query that has no vector. */
export type Missing = { readonly missing: string; readonly usual?: true; readonly meaningless?: true };

export type Around = {
  /** Rows that pass, nearest first. */
  nearest(query: Nearest): Promise<readonly Near[]>;
  /** How near some rows are, for those that have a vector. */
  cosines(rows: readonly Row[]): Promise<readonly Distance[]>;
};

type Comparing = Pick<Question, 'vector'> & {
  readonly space: VectorModel;
  readonly set: VectorSet;
};

/** Finds what is near to a query in meaning. */
export class Semantic {
  readonly #parts: SemanticParts;
  readonly #caches = new Map<string, VectorCache | 'too large'>();
  readonly #settled = new Set<string>();
  #extension: boolean | undefined;

  constructor(parts: SemanticParts) {
    this.#parts = parts;
  }

  /** The query's vector; or why there is none, in time or at all, so that a search goes on without. */
  async ask(namespace: string, query: string): Promise<Question | Missing> {
    const { embedder: source, deadlineMs } = this.#parts;
    if (!(await this.#comparable(namespace))) return { missing: 'sqlite-vec is not available' };
    const models = await this.#models(namespace);
    if (models?.length === 0) return { missing: 'nothing is embedded yet', usual: true };
    const late = deadline(deadlineMs);
    try {
      const asking = embedderFor(models, source).then(async (embedder): Promise<Question | Missing> => {
        const [vector] = await embedUnits(embedder, [query], { kind: 'query', signal: late.signal });
        return vector
          ? { name: embedder.name, dims: embedder.dims, vector }
          : { missing: 'the query means nothing to the model', meaningless: true };
      });
      // Whoever loses the race may still fail, and nobody waits for it.
      asking.catch(() => {});
      const question = await Promise.race([asking, late.passed]);
      return 'vector' in question ? await this.#withProposals(namespace, question) : question;
    } catch (error) {
      if (late.signal.aborted) return { missing: `no vector within ${deadlineMs} ms` };
      if (error instanceof EngineError) return { missing: error.message };
      throw error;
    } finally {
      late.cancel();
    }
  }

  /** What is near to a question among the rows of a family; undefined where nothing of its model is embedded. */
  async around(
    reader: Reader,
    { vector, proposals, ...model }: Question,
    family: Family,
  ): Promise<Around | undefined> {
    const space = modelOf(model, await knownModels(reader, '', () => vectorModels(reader)));
    if (!space) return undefined;
    const set = { model: space.id, family: family.name };
    const proposed = proposalsFor(proposals, set);
    if (proposed)
      return {
        nearest: query => nearestProposed(reader, proposed, { ...query, vector, family }),
        cosines: rows => cosinesOf(reader, set, { vector, numbers: numbersOf(rows) }),
      };
    const compared = await this.#compared(reader, { space, set, vector });
    return {
      nearest: async query =>
        compared
          ? nearest(reader, set, { ...query, family, compared, atMost: await covering(reader, family) })
          : nearestByComparing(reader, set, { ...query, vector, family }),
      cosines: async rows => {
        if (rows.length === 0) return [];
        if (!compared) return cosinesOf(reader, set, { vector, numbers: numbersOf(rows) });
        return rows.flatMap(row => {
          const cosine = compared.cosineOf(row);
          return cosine === undefined ? [] : { number: row.number, cosine };
        });
      },
    };
  }

  async #withProposals(namespace: string, question: Question): Promise<Question> {
    const { store, proposer } = this.#parts;
    if (!proposer) return question;
    const space = modelOf(question, await store.read(namespace, vectorModels));
    return space
      ? { ...question, proposals: await proposer.ask(namespace, space, question.vector) }
      : question;
  }

  /** Undefined where the database compares, or the vectors are not in memory. */
  async #compared(reader: Reader, { space, set, vector }: Comparing): Promise<Compared | undefined> {
    if (!reader.dialect.vectors.handOut) return undefined;
    const cache = this.#cache(reader.namespace, space, set);
    await cache?.advance(reader, set);
    if (cache?.complete) return cache.compare(vector);
    if (cache && !cache.full) this.#readOn(reader.namespace, set, cache);
    return undefined;
  }

  /** Undefined where the vectors are more than may be kept. */
  #cache(namespace: string, { dims }: VectorModel, set: VectorSet): VectorCache | undefined {
    const key = keyOf(namespace, set);
    const cache = this.#caches.get(key) ?? new VectorCache(dims, this.#parts.cacheMb * MEGABYTE);
    this.#caches.set(key, cache === 'too large' || cache.full ? 'too large' : cache);
    return cache === 'too large' || cache.full ? undefined : cache;
  }

  /** A page a read, so that nobody waits for more than that. */
  #readOn(namespace: string, set: VectorSet, cache: VectorCache): void {
    const { store, background } = this.#parts;
    background.later(`vectors ${keyOf(namespace, set)}`, async signal => {
      while (!cache.complete && !cache.full && !signal.aborted)
        await store.read(namespace, reader => cache.advance(reader, set));
    });
  }

  /** Sets of vectors, until the one of the configured embedder is complete: undefined from then on. */
  async #models(namespace: string): Promise<readonly VectorModel[] | undefined> {
    if (this.#settled.has(namespace)) return undefined;
    const models = await this.#parts.store.read(namespace, vectorModels);
    const { embedder } = this.#parts;
    if (models.some(({ name, state }) => state === 'current' && embedder.makes(name)))
      this.#settled.add(namespace);
    return models;
  }

  /** What could not be told of one namespace, or at one time, is asked again. */
  async #comparable(namespace: string): Promise<boolean> {
    this.#extension ??= !(await this.#parts.store.facts(namespace)).vectors.startsWith('unavailable');
    return this.#extension;
  }
}

const keyOf = (namespace: string, { model, family }: VectorSet): string => `${namespace}/${model}/${family}`;

const numbersOf = (rows: readonly Row[]): number[] => rows.map(({ number }) => number);

const knownModels = untilCommit<readonly VectorModel[]>();

const MEGABYTE = 1024 * 1024;

/**
 * Whom to ask for a query's vector: who made the newest complete set, as long as the configured embedder has none. What
 * it is still making would find a part of what there is.
 */
async function embedderFor(
  models: readonly VectorModel[] | undefined,
  source: EmbedderSource,
): Promise<Embedder> {
  const complete = models?.filter(({ state }) => state === 'current') ?? [];
  if (complete.some(({ name }) => source.makes(name))) return source.open();
  for (const { name } of complete) {
    const former = await source.former(name);
    if (former) return former;
  }
  return source.open();
}

/** The complete set of the question's space; while the first is built, that one. */
const modelOf = (space: Space, models: readonly VectorModel[]): VectorModel | undefined => {
  const own = modelsIn(models, space);
  return own.find(({ state }) => state === 'current') ?? own[0];
};

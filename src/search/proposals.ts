import { EngineError } from '../errors.js';
import type { Proposed, VectorIndex } from '../models/vector-index.js';
import type { Reader, Store } from '../store/store.js';
import { FAMILIES, type Family } from '../store/vector-families.js';
import { feedOf } from '../store/vector-feeds.js';
import type { VectorModel } from '../store/vector-models.js';
import { cosinesOf, type VectorSet } from '../store/vectors.js';
import { type Near, type NearestQuery, nearEnough, nearestByComparing } from './nearest.js';

/** What an index beside the database holds to be near, of one set. */
export type Proposals = {
  readonly set: VectorSet;
  readonly near: readonly Proposed[];
  /** There are no others. */
  readonly all: boolean;
};

/** A few times what fusion takes, since a filter may leave few of them. */
const ASKED = 1000;
/** A search goes on without, rather than wait. */
const DEADLINE_MS = 400;
/** For how long an index that failed is not asked. */
const REST_MS = 5000;

/** Asks an index beside the database before the read in which a search looks: nobody waits for a network in one. */
export class Proposer {
  readonly #store: Store;
  readonly #index: VectorIndex;
  #failure: { readonly message: string; readonly until: number } | undefined;

  constructor(store: Store, index: VectorIndex) {
    this.#store = store;
    this.#index = index;
  }

  /** Why it was not asked or did not answer, if so. */
  get failure(): string | undefined {
    return this.#failure?.message;
  }

  /** None where nothing was sent to it or it does not answer. */
  async ask(namespace: string, model: VectorModel, vector: Float32Array): Promise<readonly Proposals[]> {
    if (this.#failure && performance.now() < this.#failure.until) return [];
    const spaces = await this.#store.read(namespace, reader => spacesOf(reader, model.id));
    const signal = AbortSignal.timeout(DEADLINE_MS);
    try {
      const asked = spaces.map(async ({ set, space }) => {
        const near = await this.#index.nearest(space, { vector, limit: ASKED, signal });
        return { set, near, all: near.length < ASKED };
      });
      const proposals = await Promise.all(asked);
      this.#failure = undefined;
      return proposals;
    } catch (error) {
      const message =
        error instanceof EngineError ? error.message : `${this.#index.name} sent something else.`;
      this.#failure = { message, until: performance.now() + REST_MS };
      return [];
    }
  }
}

async function spacesOf(reader: Reader, model: number): Promise<{ set: VectorSet; space: string }[]> {
  const found: { set: VectorSet; space: string }[] = [];
  for (const family of FAMILIES) {
    const set = { model, family };
    const feed = await feedOf(reader, set);
    if (feed && feed.upto > 0) found.push({ set, space: feed.space });
  }
  return found;
}

/**
 * The nearest of what was proposed, as the database has it: what was purged or does not pass is not there, and the cosine is
 * its own. Where too few pass it compares all that do.
 */
export async function nearestProposed(
  reader: Reader,
  { set, near, all }: Proposals,
  query: NearestQuery,
): Promise<Near[]> {
  const proposed = new Map(near.map(({ id, cosine }) => [id, cosine]));
  const rows = await query.family.ofVectors(
    reader,
    { set, ids: [...proposed.keys()] },
    id => proposed.get(id) ?? 0,
  );
  const lowest = query.least(rows.reduce((most, { cosine }) => Math.max(most, cosine), -1));
  const enough = all || rows.length >= query.limit || (near.at(-1)?.cosine ?? -1) < lowest;
  if (!enough) return nearestByComparing(reader, set, query);
  const numbers = rows.map(({ number }) => number);
  const exact = new Map(
    (await cosinesOf(reader, set, { vector: query.vector, numbers })).map(row => [row.number, row.cosine]),
  );
  const sound = rows.flatMap(row => {
    const cosine = exact.get(row.number);
    return cosine === undefined ? [] : { ...row, cosine };
  });
  return nearEnough(sound, query);
}

export const proposalsFor = (
  proposals: readonly Proposals[] | undefined,
  { model, family }: { readonly model: number; readonly family: Family },
): Proposals | undefined => proposals?.find(({ set }) => set.model === model && set.family === family);

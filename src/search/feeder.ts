import { setImmediate as afterOthers } from 'node:timers/promises';
import type { Background } from '../background.js';
import { EngineError } from '../errors.js';
import type { VectorIndex } from '../models/vector-index.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';
import { FAMILIES } from '../store/vector-families.js';
import {
  anyGone,
  beginFeed,
  type Feed,
  feedOf,
  goneVectors,
  noteForgotten,
  noteSent,
  WHOLE,
} from '../store/vector-feeds.js';
import { modelIn, type Space } from '../store/vector-models.js';
import { floats, type VectorSet, vectorsAfter } from '../store/vectors.js';
import { Failures } from './failures.js';

export type FeederParts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly background: Background;
  readonly index: VectorIndex;
};

const PAGE = 500;
const REQUEST_MS = 30_000;
/** By then no replica sends any more what it read before something was deleted, even one that was killed over it. */
const AGAIN_MS = 4 * REQUEST_MS;
const FIRST_PAUSE_MS = 2000;

/**
 * Brings a vector index beside the database to what the database has, after the replies: what was added since it was
 * last told, and what was deleted. Ids of vectors only grow, so a number says what was sent; deletions leave a row until
 * they are passed on, and once more, since another replica may have had what is deleted under way. Doing any of it twice
 * changes nothing, so several processes may.
 */
export class Feeder {
  readonly #parts: FeederParts;
  readonly #failures = new Failures(FIRST_PAUSE_MS);
  readonly #again = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(parts: FeederParts) {
    this.#parts = parts;
  }

  /** Vectors of a namespace may have come or gone. */
  wake(namespace: string, space: Space): void {
    if (this.#closed || this.#failures.has(namespace)) return;
    this.#begin(namespace, space);
  }

  /** Why the index is behind, if it is. */
  failure(namespace: string): string | undefined {
    return this.#failures.message(namespace);
  }

  /** Makes everything there anew. */
  async rebuild(namespace: string, space: Space): Promise<void> {
    const { store, sources } = this.#parts;
    for (const set of await this.#sets(namespace, space))
      await store.write(namespace, writer => beginFeed(writer, set, sources.newId('vec')));
    await this.#feed(namespace, space, new AbortController().signal);
  }

  close(): void {
    this.#closed = true;
    this.#failures.close();
    for (const timer of this.#again.values()) clearTimeout(timer);
  }

  #begin(namespace: string, space: Space): void {
    this.#parts.background.later(`feed ${namespace}`, signal => this.#run(namespace, space, signal));
  }

  async #run(namespace: string, space: Space, signal: AbortSignal): Promise<void> {
    try {
      await this.#feed(namespace, space, signal);
      this.#failures.delete(namespace);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EngineError)) throw error;
      this.#failures.add(namespace, error, () => this.#begin(namespace, space));
    }
  }

  async #feed(namespace: string, space: Space, signal: AbortSignal): Promise<void> {
    await this.#forget(namespace, signal);
    for (const set of await this.#sets(namespace, space))
      while (!signal.aborted && (await this.#send(namespace, set, signal))) await afterOthers();
    await this.#forget(namespace, signal);
    if (await this.#parts.store.read(namespace, anyGone)) this.#lookAgain(namespace, space);
  }

  async #forget(namespace: string, signal: AbortSignal): Promise<void> {
    const { store, sources } = this.#parts;
    while (!signal.aborted) {
      const before = Math.max(0, sources.now() - AGAIN_MS);
      const gone = await store.read(namespace, reader => goneVectors(reader, { before, limit: PAGE }));
      if (gone.length === 0) return;
      for (const space of new Set(gone.map(row => row.space)))
        await this.#remove(
          space,
          gone.flatMap(row => (row.space === space ? row.id : [])),
          signal,
        );
      await store.write(namespace, writer => noteForgotten(writer, gone, sources.now()));
    }
  }

  async #remove(space: string, ids: readonly number[], signal: AbortSignal): Promise<void> {
    const { index } = this.#parts;
    if (ids.includes(WHOLE)) await index.clear(space, within(signal));
    else await index.remove(space, ids, within(signal));
  }

  #lookAgain(namespace: string, space: Space): void {
    if (this.#closed || this.#again.has(namespace)) return;
    const look = () => {
      this.#again.delete(namespace);
      this.wake(namespace, space);
    };
    this.#again.set(namespace, setTimeout(look, AGAIN_MS).unref());
  }

  /** False when there was nothing more to send. */
  async #send(namespace: string, set: VectorSet, signal: AbortSignal): Promise<boolean> {
    const { store, index } = this.#parts;
    const { space, upto } = await this.#begun(namespace, set);
    const page = await store.read(namespace, reader =>
      vectorsAfter(reader, set, { after: upto, limit: PAGE }),
    );
    const last = page.at(-1);
    if (!last) return false;
    const vectors = page.map(({ id, vector }) => ({ id, vector: floats(vector) }));
    await index.put(space, vectors, within(signal));
    const sent = { space, upto: last.id, ids: page.map(({ id }) => id) };
    await store.write(namespace, writer => noteSent(writer, set, sent));
    return true;
  }

  async #begun(namespace: string, set: VectorSet): Promise<Feed> {
    const { store, sources } = this.#parts;
    const known = await store.read(namespace, reader => feedOf(reader, set));
    if (known) return known;
    return store.write(namespace, async writer => {
      const begun = await feedOf(writer, set);
      if (begun) return begun;
      const space = sources.newId('vec');
      await beginFeed(writer, set, space);
      return { space, upto: 0 };
    });
  }

  async #sets(namespace: string, space: Space): Promise<VectorSet[]> {
    const own = await this.#parts.store.read(namespace, reader => modelIn(reader, space));
    return own ? FAMILIES.map(family => ({ model: own.id, family })) : [];
  }
}

const within = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);

import * as z from 'zod';
import type { VectorPlace } from '../../config/vector-options.js';
import { EngineError } from '../../errors.js';
import { traceHeaders } from '../../trace.js';
import type { Asked, Numbered, Proposed, VectorIndex } from '../vector-index.js';
import {
  clearingBody,
  collectionBody,
  countBody,
  pointsBody,
  queryBody,
  removalBody,
  spaceIndexBody,
} from './qdrant-bodies.js';

const Collection = z.object({
  result: z.object({ config: z.object({ params: z.object({ vectors: z.object({ size: z.int() }) }) }) }),
});
const Found = z.object({
  result: z.object({
    points: z.array(z.object({ score: z.number(), payload: z.object({ id: z.int() }) })),
  }),
});
const Count = z.object({ result: z.object({ count: z.int() }) });

type Request = { readonly method: 'GET' | 'POST' | 'PUT'; readonly path: string; readonly body?: object };

/** A collection of a Qdrant server, made when the first vector comes. */
export class Qdrant implements VectorIndex {
  readonly name: string;
  readonly #place: VectorPlace;
  #dims: number | undefined;

  constructor(place: VectorPlace) {
    this.#place = place;
    this.name = `Qdrant at ${new URL(place.url).host}, collection ${place.collection}`;
  }

  async put(space: string, vectors: readonly Numbered[], signal: AbortSignal): Promise<void> {
    const [first] = vectors;
    if (!first) return;
    const request = { method: 'PUT', path: '/points?wait=true', body: pointsBody(space, vectors) } as const;
    await this.#prepare(first.vector.length, signal);
    if ((await this.#ask(request, signal)) !== 'not found') return;
    // Somebody deleted the collection since.
    this.#dims = undefined;
    await this.#prepare(first.vector.length, signal);
    await this.#demand(request, signal);
  }

  async remove(space: string, ids: readonly number[], signal: AbortSignal): Promise<void> {
    await this.#delete(removalBody(space, ids), signal);
  }

  async clear(space: string, signal: AbortSignal): Promise<void> {
    await this.#delete(clearingBody(space), signal);
  }

  async nearest(space: string, { vector, limit, signal }: Asked): Promise<readonly Proposed[]> {
    const body = queryBody(space, vector, limit);
    const { result } = this.#parsed(
      Found,
      await this.#demand({ method: 'POST', path: '/points/query', body }, signal),
    );
    return result.points.map(({ score, payload }) => ({ id: payload.id, cosine: score }));
  }

  async count(space: string, signal: AbortSignal): Promise<number> {
    const reply = await this.#ask({ method: 'POST', path: '/points/count', body: countBody(space) }, signal);
    return reply === 'not found' ? 0 : this.#parsed(Count, reply).result.count;
  }

  /** A collection that is not there holds nothing to delete. */
  async #delete(body: object, signal: AbortSignal): Promise<void> {
    await this.#ask({ method: 'POST', path: '/points/delete?wait=true', body }, signal);
  }

  async #prepare(dims: number, signal: AbortSignal): Promise<void> {
    if (this.#dims === undefined) this.#dims = await this.#collection(dims, signal);
    if (this.#dims === dims) return;
    throw this.#unavailable(
      `holds vectors of ${this.#dims} dimensions; those of the embedder have ${dims}`,
      'Name another collection with MINTMARK_VECTORS_COLLECTION: each holds those of one model.',
    );
  }

  async #collection(dims: number, signal: AbortSignal): Promise<number> {
    const known = await this.#size(signal);
    if (known !== undefined) return known;
    try {
      await this.#demand({ method: 'PUT', path: '', body: collectionBody(dims) }, signal);
    } catch (error) {
      // Another replica was first.
      const made = await this.#size(signal);
      if (made === undefined) throw error;
      return made;
    }
    await this.#demand({ method: 'PUT', path: '/index?wait=true', body: spaceIndexBody() }, signal);
    return dims;
  }

  async #size(signal: AbortSignal): Promise<number | undefined> {
    const known = await this.#ask({ method: 'GET', path: '' }, signal);
    if (known === 'not found') return undefined;
    return this.#parsed(Collection, known).result.config.params.vectors.size;
  }

  async #demand(request: Request, signal: AbortSignal): Promise<unknown> {
    const reply = await this.#ask(request, signal);
    if (reply !== 'not found') return reply;
    throw this.#unavailable('is not there', 'Run `mintmark reindex`, which makes and fills it again.');
  }

  async #ask({ method, path, body }: Request, signal: AbortSignal): Promise<unknown> {
    const { url, collection, key } = this.#place;
    try {
      const response = await fetch(`${url}/collections/${collection}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...traceHeaders(),
          ...(key !== undefined && { 'api-key': key }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // A key must not be carried to another host.
        redirect: 'error',
        signal,
      });
      if (response.ok) return await response.json();
      await response.body?.cancel();
      if (response.status === 404) return 'not found';
      throw this.#unavailable(`answered ${response.status}`);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw this.#unavailable(signal.aborted ? 'did not answer in time' : 'cannot be reached');
    }
  }

  /** A collection of somebody else's may hold named vectors, and a proxy may answer anything. */
  #parsed<T>(schema: z.ZodType<T>, reply: unknown): T {
    const { success, data } = schema.safeParse(reply);
    if (success) return data;
    throw this.#unavailable('sent something else than was asked for');
  }

  #unavailable(
    problem: string,
    hint = 'Check that it runs and what its address and key are. Vectors are compared in the database meanwhile.',
  ): EngineError {
    return new EngineError('unavailable', `${this.name} ${problem}.`, hint);
  }
}

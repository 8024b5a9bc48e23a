import { EngineError, reasonOf } from '../errors.js';
import type { Embedder, EmbedOptions } from './embedder.js';
import { unit } from './unit.js';
import { untilAborted } from './until-aborted.js';

/**
 * Unit vectors of texts, in order; undefined for a text without direction and for one that the model refuses whatever
 * stands beside it, so that a single text never holds up the rest. Throws what is wrong with the model itself.
 */
export async function embedUnits(
  embedder: Embedder,
  texts: readonly string[],
  options: EmbedOptions,
): Promise<(Float32Array | undefined)[]> {
  try {
    const vectors = await untilAborted(embedder.embed(texts, options), options.signal).catch(
      failure(options),
    );
    if (vectors.length !== texts.length)
      throw new EngineError(
        'unavailable',
        `The embedder returned ${vectors.length} vectors for ${texts.length} texts.`,
        'Nothing of it was kept. Check the embedding model; what is pending is tried again.',
      );
    return vectors.map(vector => unit(vector, embedder.dims));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (texts.length === 1) return [undefined];
    const middle = Math.ceil(texts.length / 2);
    return [
      ...(await embedUnits(embedder, texts.slice(0, middle), options)),
      ...(await embedUnits(embedder, texts.slice(middle), options)),
    ];
  }
}

/** An embedder of the caller's may fail with anything; what it was told to stop is no failure of its own. */
const failure =
  ({ signal }: EmbedOptions) =>
  (error: unknown): never => {
    signal?.throwIfAborted();
    if (error instanceof EngineError) throw error;
    const message = reasonOf(error);
    throw new EngineError(
      'unavailable',
      `The embedder failed: ${message}.`,
      'Check the embedder; what is pending is tried again.',
    );
  };

const isRefusal = (error: unknown): boolean =>
  error instanceof EngineError && (error.code === 'too_large' || error.code === 'invalid');

import { EngineError } from '../errors.js';

/**
 * A vector scaled to length 1, or undefined for one of zeros, which has no direction to compare.
 * Throws `unavailable` for another number of dimensions and for what is not finite: the model is at fault, not the text.
 */
export function unit(vector: Float32Array, dims: number): Float32Array | undefined {
  if (vector.length !== dims) throw wrong(`a vector of ${vector.length} numbers; expected ${dims}`);
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (!Number.isFinite(squares)) throw wrong('a vector that holds NaN or infinity');
  if (squares === 0) return undefined;
  const scale = 1 / Math.sqrt(squares);
  return vector.map(value => value * scale);
}

const wrong = (what: string): EngineError =>
  new EngineError(
    'unavailable',
    `The embedder returned ${what}.`,
    'Nothing of it was kept. Check the embedding model; what is pending is tried again.',
  );

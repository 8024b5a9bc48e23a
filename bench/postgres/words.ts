import type { Embedder } from '../../src/engine.js';
import { queryTerms, stem } from '../../src/text/analyse.js';

const DIMS = 128;

/**
 * Vectors such as models of words make: a text is the sum of its words, each a direction of its own, rarer ones longer,
 * with the beginnings of words in common. Nothing is downloaded, and the same text has the same vector everywhere.
 */
export const wordVectors: Embedder = {
  name: `bench-words-${DIMS}`,
  dims: DIMS,
  embed: async texts => texts.map(vectorOf),
};

export function vectorOf(text: string): Float32Array {
  const sum = new Float32Array(DIMS);
  for (const word of queryTerms(text)) add(sum, directionOf(stem(word)), 1);
  let squares = 0;
  for (const value of sum) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  return sum.map(value => value / length);
}

function add(sum: Float32Array, direction: Float32Array, weight: number): void {
  for (let dim = 0; dim < DIMS; dim += 1) sum[dim] = (sum[dim] ?? 0) + weight * (direction[dim] ?? 0);
}

const directions = new Map<string, Float32Array>();
const REMEMBERED = 50_000;

function directionOf(word: string): Float32Array {
  const known = directions.get(word);
  if (known) return known;
  const direction = new Float32Array(DIMS);
  const weight = Math.min(1.5, 0.4 + word.length / 10);
  add(direction, noise(word), weight);
  add(direction, noise(word.slice(0, 2)), weight / 2);
  if (directions.size >= REMEMBERED) directions.clear();
  directions.set(word, direction);
  return direction;
}

/** Numbers between -1 and 1 that a word decides (FNV-1a, then xorshift). */
function noise(word: string): Float32Array {
  let state = 2_166_136_261;
  for (let at = 0; at < word.length; at += 1) state = Math.imul(state ^ word.charCodeAt(at), 16_777_619);
  state ||= 1;
  const values = new Float32Array(DIMS);
  for (let dim = 0; dim < DIMS; dim += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[dim] = state / 2_147_483_648;
  }
  return values;
}

import { eigenvectors, moments, projected } from './principal.js';
import { openUseLite } from './use-lite.js';
import { addScaled } from './vectors.js';

/** Rows of frequent words that the common components and the axes are found by. */
const FREQUENT = 16_000;
/** Components that all words share and that tell nothing apart, and the axes after them that are kept. */
const COMMON = 2;
const KEPT = 200;
const BATCH = 512;

/** What the sentence model knows of each word alone, along the axes in which words differ most; most frequent first. */
export async function meaningsOf(folder: string, words: readonly string[]): Promise<Float64Array[]> {
  const vectors = await embedded(folder, words);
  const frequent = vectors.slice(0, FREQUENT);
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of frequent) addScaled(mean, vector, 1 / frequent.length);
  for (const vector of vectors) addScaled(vector, mean, -1);
  return projected(vectors, eigenvectors(moments(frequent)).slice(COMMON, COMMON + KEPT));
}

/** Words of as many pieces together: the model computes nothing in vain. */
async function embedded(folder: string, words: readonly string[]): Promise<Float64Array[]> {
  const model = await openUseLite(folder);
  const pieces = words.map(model.piecesOf);
  const byLength = new Map<number, number[]>();
  for (const [row, { length }] of pieces.entries()) {
    const known = byLength.get(length) ?? [];
    known.push(row);
    byLength.set(length, known);
  }
  const vectors: Float64Array[] = words.map(() => new Float64Array());
  for (const rows of byLength.values())
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH);
      const found = await model.embed(batch.map(row => pieces[row] ?? []));
      for (const [index, row] of batch.entries()) vectors[row] = Float64Array.from(found[index] ?? []);
    }
  return vectors;
}

import { addScaled } from './vectors.js';

/** For each row, the rows that pull it and how strongly, where its own vector pulls at 1. */
export type Links = readonly Map<number, number>[];

const ROUNDS = 10;
/** A word without a vector of its own lies wherever its neighbours put it. */
const NEXT_TO_NOTHING = 1e-3;

/** Vectors moved towards those of related words (Faruqui et al. 2015). */
export function retrofit(
  own: readonly (Float64Array | undefined)[],
  { links, dims }: { readonly links: Links; readonly dims: number },
): Float64Array[] {
  let moved = own.map(vector => vector ?? new Float64Array(dims));
  for (let round = 0; round < ROUNDS; round += 1) moved = moved.map((_, row) => pulled(row));
  return moved;

  function pulled(row: number): Float64Array {
    const sum = new Float64Array(dims);
    const vector = own[row];
    let weights = vector ? 1 : NEXT_TO_NOTHING;
    if (vector) addScaled(sum, vector, 1);
    for (const [other, weight] of links[row] ?? []) {
      const pulling = moved[other];
      if (pulling) addScaled(sum, pulling, weight);
      weights += weight;
    }
    return sum.map(value => value / weights);
  }
}

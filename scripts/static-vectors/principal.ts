import { addScaled, dot } from './vectors.js';

/** The sum of the outer products of vectors with themselves. */
export function moments(vectors: readonly Float64Array[]): Float64Array[] {
  const dims = vectors[0]?.length ?? 0;
  const sums = Array.from({ length: dims }, () => new Float64Array(dims));
  for (const vector of vectors)
    for (const [axis, value] of vector.entries()) {
      const row = sums[axis];
      if (row && value !== 0) addScaled(row, vector, value);
    }
  return sums;
}

const SWEEPS = 12;
const SMALL = 1e-12;

/** The eigenvectors of a symmetric matrix, the greatest eigenvalue first, by Jacobi's rotations: the same everywhere. */
export function eigenvectors(symmetric: readonly Float64Array[]): Float64Array[] {
  const matrix = symmetric.map(row => row.slice());
  const found = matrix
    .map((_, at) => matrix.map((_, axis) => Number(axis === at)))
    .map(row => Float64Array.from(row));
  const largest = matrix.reduce((most, row, at) => Math.max(most, Math.abs(row[at] ?? 0)), 0);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1)
    for (let one = 0; one < matrix.length; one += 1)
      for (let other = one + 1; other < matrix.length; other += 1)
        if (Math.abs(matrix[one]?.[other] ?? 0) > SMALL * largest) rotate(matrix, found, { one, other });
  const values = matrix.map((row, at) => row[at] ?? 0);
  return [...found.keys()]
    .sort((left, right) => (values[right] ?? 0) - (values[left] ?? 0))
    .flatMap(at => found[at] ?? []);
}

type Pair = { readonly one: number; readonly other: number };

/** Makes the element of a pair 0. */
function rotate(matrix: Float64Array[], found: Float64Array[], { one, other }: Pair): void {
  const [p, q] = [matrix[one], matrix[other]];
  const [u, v] = [found[one], found[other]];
  if (!p || !q || !u || !v) return;
  const theta = ((q[other] ?? 0) - (p[one] ?? 0)) / (2 * (p[other] ?? 1));
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  turn(p, q, { cosine, sine });
  for (const row of matrix) {
    const [left = 0, right = 0] = [row[one], row[other]];
    row[one] = cosine * left - sine * right;
    row[other] = sine * left + cosine * right;
  }
  turn(u, v, { cosine, sine });
}

function turn(
  one: Float64Array,
  other: Float64Array,
  { cosine, sine }: { readonly cosine: number; readonly sine: number },
): void {
  for (let at = 0; at < one.length; at += 1) {
    const [left = 0, right = 0] = [one[at], other[at]];
    one[at] = cosine * left - sine * right;
    other[at] = sine * left + cosine * right;
  }
}

/** Each vector by its share along each axis. */
export const projected = (vectors: readonly Float64Array[], axes: readonly Float64Array[]): Float64Array[] =>
  vectors.map(vector => Float64Array.from(axes, axis => dot(vector, axis)));

export const lengthOf = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));

export const scaled = (vector: Float64Array, factor: number): Float64Array =>
  vector.map(value => value * factor);

export function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) sum += (left[at] ?? 0) * (right[at] ?? 0);
  return sum;
}

export function addScaled(to: Float64Array, vector: Float64Array, factor: number): void {
  for (let at = 0; at < to.length; at += 1) to[at] = (to[at] ?? 0) + factor * (vector[at] ?? 0);
}

/** The vectors less their mean and their first principal components, found by power iteration. */
export function removeCommon(vectors: readonly Float64Array[], components: number): Float64Array[] {
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) addScaled(mean, vector, 1 / vectors.length);
  const rest = vectors.map(vector => vector.map((value, axis) => value - (mean[axis] ?? 0)));
  for (let found = 0; found < components; found += 1) {
    const component = principal(rest);
    for (const vector of rest) addScaled(vector, component, -dot(vector, component));
  }
  return rest;
}

const ROUNDS = 100;

function principal(vectors: readonly Float64Array[]): Float64Array {
  let component: Float64Array = new Float64Array(vectors[0]?.length ?? 0).fill(1);
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = new Float64Array(component.length);
    for (const vector of vectors) addScaled(next, vector, dot(vector, component));
    component = scaled(next, 1 / lengthOf(next));
  }
  return component;
}

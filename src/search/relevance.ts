/** How relevant each of some values makes its candidate: min-max normalised among all, 1 when all are equal. */
export function relevanceOf(values: readonly number[]): number[] {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return values.map(value => (high === low ? 1 : (value - low) / (high - low)));
}

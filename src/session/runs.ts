/** Numbers of messages as runs `[first, last]`, in order and apart. */
export type Runs = readonly (readonly [first: number, last: number])[];

/** Numbers in any order as runs. */
export const runsFrom = (numbers: readonly number[]): Runs =>
  union(numbers.map(number => [number, number] as const));

/** All of some runs in order, neighbours as one. */
export function union(runs: Runs): Runs {
  const joined: [number, number][] = [];
  for (const [first, last] of runs.toSorted(([a], [b]) => a - b)) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

export const within = (runs: Runs, number: number): boolean =>
  runs.some(([first, last]) => first <= number && number <= last);

/** What lies between the runs and after them, the last without an end. */
export function gaps(runs: Runs): Runs {
  let from = 1;
  const between = runs
    .toSorted(([a], [b]) => a - b)
    .flatMap(([first, last]) => {
      const gap = [from, first - 1] as const;
      from = Math.max(from, last + 1);
      return gap[1] >= gap[0] ? [gap] : [];
    });
  return [...between, [from, Number.MAX_SAFE_INTEGER]];
}

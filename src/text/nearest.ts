/** The known name that is written most like another; undefined where none is known. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const distances = known.map(candidate => ({ candidate, distance: editDistance(name, candidate) }));
  return distances.sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Levenshtein's distance: how many letters must be added, dropped or replaced. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const letter of from) {
    const above = row;
    row = [(above[0] ?? 0) + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1));
    }
  }
  return row[to.length] ?? 0;
}

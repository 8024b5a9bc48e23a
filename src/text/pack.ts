export type Packing<T> = {
  readonly budget: number;
  readonly cost: (piece: T) => number;
  /** Shortens a piece that does not fit alone so that it does. */
  readonly cut: (piece: T) => T;
};

export type Packed<T> = { readonly taken: readonly T[]; readonly truncated: boolean };

/**
 * Takes pieces in their order while they fit and stops at the first that does not; it never skips ahead to something
 * smaller. A first piece that is too large alone is cut, so that a page is never empty while pieces remain.
 */
export function pack<T>(pieces: readonly T[], { budget, cost, cut }: Packing<T>): Packed<T> {
  const taken = fitting(pieces, { budget, cost });
  const [first] = pieces;
  if (taken.length > 0 || first === undefined) return { taken, truncated: false };
  return { taken: [cut(first)], truncated: true };
}

/** The first pieces that fit together. */
export function fitting<T>(
  pieces: readonly T[],
  { budget, cost }: Pick<Packing<T>, 'budget' | 'cost'>,
): readonly T[] {
  let left = budget;
  const end = pieces.findIndex(piece => {
    left -= cost(piece);
    return left < 0;
  });
  return end === -1 ? pieces : pieces.slice(0, end);
}

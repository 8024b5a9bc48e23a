import type { CopiedTable } from '../store/copied-tables.js';
import type { Store } from '../store/store.js';

/** One namespace of the store that is copied to. Nobody else writes to it until the copy is whole. */
export type Target = {
  readonly store: Store;
  readonly namespace: string;
  /** How many rows are held in memory at most. */
  readonly most?: number | undefined;
};

export const pageOf = ({ most = Number.POSITIVE_INFINITY }: Target, { page }: CopiedTable): number =>
  Math.min(most, page);

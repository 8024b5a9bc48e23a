import type { PartialOptions, Search } from '../../src/engine.js';

/** One way to rank, a row of the table: what differs from the defaults. */
export type Ranking = {
  readonly name: string;
  /** Options of the engine that asks; what is stored stays the same. */
  readonly options?: PartialOptions;
  readonly search?: Omit<Search, 'query'>;
  /** Only the sets it says something about; omitted means all. */
  readonly sets?: readonly string[];
};

export const rankings: readonly Ranking[] = [
  { name: 'default' },
  {
    name: 'replaced memories asked for too',
    search: { statuses: ['active', 'superseded'] },
    sets: ['updates'],
  },
  { name: 'words alone', search: { mode: 'lexical' } },
  { name: 'without importance and recency', options: { importanceWeight: 0, recencyWeight: 0 } },
];

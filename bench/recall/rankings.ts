import type { PartialOptions, Search } from '../../src/engine.js';
import { type FeatureWeights, WEIGHTS } from '../../src/search/weights.js';

/** One way to rank, a row of the table: what differs from the defaults. */
export type Ranking = {
  readonly name: string;
  /** Options of the engine that asks; what is stored stays the same. */
  readonly options?: PartialOptions;
  readonly search?: Omit<Search, 'query'>;
  readonly weights?: FeatureWeights;
  /** Only the sets it says something about; omitted means all. */
  readonly sets?: readonly string[];
  /** It says something about a model: those without one differ by nothing that a model makes. */
  readonly meaning?: true;
};

export const rankings: readonly Ranking[] = [
  { name: 'default', meaning: true },
  {
    name: 'replaced memories asked for too',
    search: { statuses: ['active', 'superseded'] },
    sets: ['updates'],
  },
  { name: 'words alone', search: { mode: 'lexical' } },
  { name: 'meaning alone', search: { mode: 'semantic' }, meaning: true },
  { name: 'without importance and recency', options: { importanceWeight: 0, recencyWeight: 0 } },
  without('words two turns away', { lexicalNearby: [] }),
  without('session', { session: 0 }),
  without('speaker', { speaker: 0 }),
  without('asks and answers', { asks: 0, answers: 0 }),
  without('short', { short: 0 }),
  without('timeless', { timeless: 0 }),
  without('period', { period: 0 }),
];

/** The weights but some. Most are of messages: the project's own sets, memories all, differ by time in the query only. */
function without(what: string, weights: Partial<FeatureWeights>): Ranking {
  return { name: `without ${what}`, weights: { ...WEIGHTS, ...weights } };
}

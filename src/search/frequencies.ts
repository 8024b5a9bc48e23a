import type { Reader } from '../store/store.js';
import { stem } from '../text/analyse.js';
import { GLOBAL, nodeToken } from '../text/scope-tokens.js';
import type { Family } from './families.js';

type Counted = { readonly version: number; readonly counts: Map<string, number> };

/** By connection, until somebody commits: at 100,000 rows a term of all of them takes milliseconds to count. */
const counted = new WeakMap<Reader, Counted>();
/** Counts kept of one connection. */
const MOST = 10_000;

/** How many rows of a family hold a term of a query. */
export const holding = (reader: Reader, family: Family, term: string): Promise<number> =>
  holdingToken(reader, family, stem(term));

/** An upper bound of how many rows lie in the scope that a family is searched in. */
export async function covering(reader: Reader, family: Family): Promise<number> {
  const tokens = selecting(family);
  if (!tokens) return Number.POSITIVE_INFINITY;
  let rows = 0;
  for (const token of tokens) rows += await holdingToken(reader, family, token);
  return rows;
}

/** Scope tokens of which every row in the scope holds one; undefined where all rows are. */
export function selecting({ scope: { nodes } }: Family): string[] | undefined {
  if (nodes.match === 'everything') return undefined;
  if (nodes.match === 'home') return [GLOBAL, ...nodes.anyOf.map(nodeToken)];
  return [nodes.allOf[0] === undefined ? GLOBAL : nodeToken(nodes.allOf[0])];
}

async function holdingToken(reader: Reader, family: Family, token: string): Promise<number> {
  const counts = countsOf(reader);
  const key = `${family.name} ${token}`;
  const known = counts.get(key);
  if (known !== undefined) return known;
  const count = await family.frequency(reader, token);
  if (counts.size >= MOST) counts.clear();
  counts.set(key, count);
  return count;
}

function countsOf(reader: Reader): Counted['counts'] {
  const version = reader.version();
  const known = counted.get(reader);
  if (known?.version === version) return known.counts;
  const counts: Counted['counts'] = new Map();
  counted.set(reader, { version, counts });
  return counts;
}

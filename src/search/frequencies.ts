import type { Reader } from '../store/store.js';
import { stem } from '../text/analyse.js';
import { GLOBAL, nodeToken } from '../text/scope-tokens.js';
import type { Family } from './families.js';
import { untilCommit } from './until-commit.js';

/** At 100,000 rows a term of all of them takes milliseconds to count. */
const counted = untilCommit<Map<string, number>>();
/** Counts kept of one family. */
const MOST = 10_000;

/** How many rows of a family hold each term of a query. */
export async function holding(
  reader: Reader,
  family: Family,
  terms: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const held = await holdingTokens(reader, family, terms.map(stem));
  return new Map(terms.map((term, index) => [term, held[index] ?? 0]));
}

/** An upper bound of how many rows lie in the scope that a family is searched in. */
export async function covering(reader: Reader, family: Family): Promise<number> {
  const tokens = selecting(family);
  if (!tokens) return Number.POSITIVE_INFINITY;
  const held = await holdingTokens(reader, family, tokens);
  return held.reduce((rows, one) => rows + one, 0);
}

/** Scope tokens of which every row in the scope holds one; undefined where all rows are. */
export function selecting({ scope: { nodes } }: Family): string[] | undefined {
  if (nodes.match === 'everything') return undefined;
  if (nodes.match === 'home') return [GLOBAL, ...nodes.anyOf.map(nodeToken)];
  return [nodes.allOf[0] === undefined ? GLOBAL : nodeToken(nodes.allOf[0])];
}

/** All that are not known are asked for at once: to a database elsewhere each question is a way there and back. */
async function holdingTokens(reader: Reader, family: Family, tokens: readonly string[]): Promise<number[]> {
  const counts = await counted(reader, family.name, async () => new Map());
  if (counts.size >= MOST) counts.clear();
  const missing = tokens.filter(token => !counts.has(token));
  if (missing.length > 0) {
    const found = await family.frequencies(reader, missing);
    for (const token of missing) counts.set(token, found.get(token) ?? 0);
  }
  return tokens.map(token => counts.get(token) ?? 0);
}

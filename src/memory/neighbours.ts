import type { MemoryBody, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { newestHolding, rowsByNumber } from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import { isStopWord } from '../text/analyse.js';
import { termSet } from './compare.js';

/** A memory about to be added, with the analysed tokens of its content. */
export type Addition = {
  readonly id: string;
  readonly body: MemoryBody;
  readonly tokens: readonly string[];
};

/** A memory that shares rare words with an addition, in its scope or global. */
export type Neighbour = {
  readonly id: string;
  readonly type: MemoryType;
  readonly terms: ReadonlySet<string>;
};

/** Measured in docs/decisions/0006. */
const PROBES = 6;
const RARE_WORDS = 4;
const RARE_PAIRS = 3;
const PAIRED = 4;
const NEWEST = 64;
const KEPT = 20;

/**
 * For each addition the memories most likely to say the same: active, proposed, or added earlier in the same batch.
 * Its longest words are looked up unranked, newest first, until enough of them proved rare.
 */
export async function neighbours(reader: Reader, additions: readonly Addition[]): Promise<Neighbour[][]> {
  const drawn = await draw(reader, additions);
  const terms = new Map<number, ReadonlySet<string>>();
  const found: Neighbour[][] = additions.map(() => []);
  for (const group of sameScope(additions)) {
    const numbers = new Set(group.flatMap(index => drawn[index] ?? []));
    const rows = await rowsByNumber(reader, [...numbers].filter(isStored), scopeOf(additions[group[0] ?? 0]));
    const known = new Map<number, Neighbour>(
      rows.map(({ number, id, type, own }) => [number, { id, type, terms: termSet(own.split(' ')) }]),
    );
    for (const index of group)
      for (const number of drawn[index] ?? []) {
        const neighbour = known.get(number) ?? earlier(number, additions, { at: index, terms });
        if (neighbour) found[index]?.push(neighbour);
      }
  }
  return found;
}

/** The rows that share the rarest words with each addition, best first. */
async function draw(reader: Reader, additions: readonly Addition[]): Promise<number[][]> {
  const holders = new Map<string, number[]>();
  const drawn: number[][] = [];
  for (const [index, { tokens }] of additions.entries()) {
    const lists: number[][] = [];
    const rare = () => lists.filter(({ length }) => length < NEWEST).length;
    const ask = async (words: readonly string[], enough: number) => {
      if (rare() >= enough) return;
      const key = words.join(' ');
      const list = holders.get(key) ?? (await newestHolding(reader, words, NEWEST));
      holders.set(key, list);
      lists.push(list);
    };
    const words = probes(tokens);
    for (const word of words) await ask([word], RARE_WORDS);
    // Of small talk every word is common; two of its words together are rare again.
    for (const pair of pairs(words.slice(0, PAIRED))) await ask(pair, RARE_PAIRS);
    drawn.push(strongest(lists));
    for (const list of lists) list.unshift(staged(index));
  }
  return drawn;
}

const pairs = (words: readonly string[]): string[][] =>
  words.flatMap((first, at) => words.slice(at + 1).map(second => [first, second]));

/** The longest words: rare as a rule, in every language that has spaces. Values are what contradictions differ in. */
const probes = (tokens: readonly string[]): string[] =>
  [...new Set(tokens)]
    .filter(word => !/\p{N}/u.test(word) && !isStopWord(word))
    .sort((left, right) => right.length - left.length || (left < right ? -1 : 1))
    .slice(0, PROBES);

/** A row counts for more the rarer the words it shares; where enough were looked up, one alone is chance. */
function strongest(lists: readonly (readonly number[])[]): number[] {
  const least = lists.length >= RARE_WORDS ? 2 : 1;
  const shared = new Map<number, { weight: number; words: number }>();
  for (const list of lists)
    for (const number of list.slice(0, NEWEST)) {
      const known = shared.get(number) ?? { weight: 0, words: 0 };
      shared.set(number, { weight: known.weight + 1 / list.length, words: known.words + 1 });
    }
  return [...shared]
    .filter(([, { words }]) => words >= least)
    .sort((left, right) => right[1].weight - left[1].weight || right[0] - left[0])
    .slice(0, KEPT)
    .map(([number]) => number);
}

// Additions of the batch stand among the row numbers as negative ones.
const staged = (index: number): number => -1 - index;
const isStored = (number: number): boolean => number >= 0;

type Place = { readonly at: number; readonly terms: Map<number, ReadonlySet<string>> };

function earlier(
  number: number,
  additions: readonly Addition[],
  { at, terms }: Place,
): Neighbour | undefined {
  const other = isStored(number) ? undefined : additions[-1 - number];
  if (!other || !overlaps(other.body, additions[at]?.body)) return undefined;
  const known = terms.get(number) ?? termSet(other.tokens);
  terms.set(number, known);
  return { id: other.id, type: other.body.type, terms: known };
}

const overlaps = (one: MemoryBody, other: MemoryBody | undefined): boolean =>
  one.graph_nodes.length === 0 || one.graph_nodes.some(node => other?.graph_nodes.includes(node));

export const scopeOf = (addition: Addition | undefined): ScopeFilter => ({
  nodes: { match: 'home', anyOf: addition?.body.graph_nodes ?? [] },
  tags: [],
});

/** The indexes of the additions by scope, since a batch has one as a rule. */
export function sameScope(additions: readonly Addition[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, { body }] of additions.entries()) {
    const key = JSON.stringify(body.graph_nodes);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()];
}

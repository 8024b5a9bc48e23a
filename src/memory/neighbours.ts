import type { MemoryBody, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { newestHolding, rowsByNumber } from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import { isStopWord } from '../text/analyse.js';
import { termSet } from './compare.js';

/** A memory about to be added, with the analysed tokens and the fingerprint of its content. */
export type Addition = {
  readonly id: string;
  readonly body: MemoryBody;
  readonly tokens: readonly string[];
  readonly fingerprint: string;
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
  const probed = additions.map(({ tokens }) => probes(tokens));
  const held = await lookUp(reader, probed);
  return probed.map((probe, index) => {
    const lists = settled(probe, held).asked.flatMap(key => [held.get(key) ?? []]);
    const drawn = strongest(lists);
    for (const list of lists) list.unshift(staged(index));
    return drawn;
  });
}

/** The newest rows that hold each probe, by its words, in as few queries as it takes to find enough rare ones. */
async function lookUp(reader: Reader, probed: readonly Probes[]): Promise<Map<string, number[]>> {
  const held = new Map<string, number[]>();
  for (;;) {
    const missing = [...new Set(probed.flatMap(probe => settled(probe, held).missing))];
    if (missing.length === 0) return held;
    const found = await newestHolding(
      reader,
      missing.map(key => key.split(' ')),
      NEWEST,
    );
    for (const [index, key] of missing.entries()) held.set(key, found[index] ?? []);
  }
}

type Settled = { readonly asked: readonly string[]; readonly missing: readonly string[] };

/** Which probes an addition is judged by, and which of them have to be looked up before that can be said. */
function settled({ words, pairs }: Probes, held: ReadonlyMap<string, readonly number[]>): Settled {
  const asked: string[] = [];
  let rare = 0;
  // Of small talk every word is common; two of them together are rare again.
  for (const [keys, enough] of [
    [words, RARE_WORDS],
    [pairs, RARE_PAIRS],
  ] as const)
    for (const [at, key] of keys.entries()) {
      if (rare >= enough) break;
      const list = held.get(key);
      if (!list) return { asked, missing: keys.slice(at, at + enough - rare) };
      if (list.length < NEWEST) rare += 1;
      asked.push(key);
    }
  return { asked, missing: [] };
}

/** What is looked up: words one by one, and two of them at once, joined by a space. */
type Probes = { readonly words: readonly string[]; readonly pairs: readonly string[] };

/** The longest words: rare as a rule, in every language that has spaces. Values are what contradictions differ in. */
function probes(tokens: readonly string[]): Probes {
  const words = [...new Set(tokens)]
    .filter(word => !/\p{N}/u.test(word) && !isStopWord(word))
    .sort((left, right) => right.length - left.length || (left < right ? -1 : 1))
    .slice(0, PROBES);
  const paired = words.slice(0, PAIRED);
  const pairs = paired.flatMap((first, at) => paired.slice(at + 1).map(second => `${first} ${second}`));
  return { words, pairs };
}

/** A row counts for more the rarer the words it shares; where enough were looked up, one alone is chance. */
function strongest(lists: readonly (readonly number[])[]): number[] {
  const least = lists.length >= RARE_WORDS ? 2 : 1;
  // Negative as long as one word alone is shared: an object for each row would cost more than all the rest.
  const shared = new Map<number, number>();
  for (const list of lists) {
    const weight = 1 / list.length;
    for (const number of list.slice(0, NEWEST)) {
      const known = shared.get(number);
      shared.set(number, known === undefined ? -weight : Math.abs(known) + weight);
    }
  }
  return [...shared]
    .filter(([, weight]) => least === 1 || weight > 0)
    .sort((left, right) => Math.abs(right[1]) - Math.abs(left[1]) || right[0] - left[0])
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

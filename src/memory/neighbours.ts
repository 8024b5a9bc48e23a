import type { MemoryBody, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { rowsByNumber } from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import { isStopWord, stem } from '../text/analyse.js';
import { scopeWords } from '../text/scope-tokens.js';
import { type Marks, markOverlap, marksOf, type Overlap } from './compare.js';
import { type Addend, NEWEST, type NewestRows } from './newest-rows.js';

/** A memory about to be added, with the analysed tokens and the fingerprint of its content. */
export type Addition = {
  readonly id: string;
  readonly body: MemoryBody;
  /** Where it belongs, under every name of it: what lies there is compared. */
  readonly places: readonly string[];
  readonly tokens: readonly string[];
  readonly fingerprint: string;
};

/** A memory that shares rare words with an addition, in its scope or global, and enough of its terms. */
export type Neighbour = Overlap & {
  readonly id: string;
  readonly type: MemoryType;
  /** Whether it holds already, or will with the batch. */
  readonly holds: boolean;
} & Pick<MemoryBody, 'valid_from' | 'valid_to'>;

/** Whether two that have so much in common are worth a closer look. */
export type Near = (overlap: Overlap) => boolean;
export type Looking = { readonly rows: NewestRows; readonly isNear: Near };

/** Measured in docs/decisions/0006. */
const PROBES = 6;
const RARE_WORDS = 4;
const RARE_PAIRS = 3;
const PAIRED = 4;
const KEPT = 20;

/**
 * For each addition the memories most likely to say the same: active, proposed, or added earlier in the same batch.
 * Its longest words are looked up unranked, newest first, until enough of them proved rare.
 */
export async function neighbours(
  reader: Reader,
  additions: readonly Addition[],
  { rows, isNear }: Looking,
): Promise<Neighbour[][]> {
  const said = additions.map(addition => addendOf(addition));
  await rows.catchUp(reader);
  const drawn = await draw(reader, additions, rows);
  rows.expect(said);
  const near = await closest(reader, drawn, { rows, isNear, marks: said.map(({ marks }) => marks) });
  const numbers = near.flatMap(others => [...others.keys()].filter(isStored));
  const found = numbers.length === 0 ? [] : await rowsByNumber(reader, [...new Set(numbers)]);
  const known = new Map(found.map(row => [row.number, row]));
  return near.map((others, index) =>
    [...others].flatMap(([number, shared]) => {
      const other = isStored(number) ? known.get(number) : earlier(additions[-1 - number]);
      return other && overlaps(other, additions[index]?.places) ? { ...other, ...shared } : [];
    }),
  );
}

function addendOf({ id, body, tokens }: Addition): Addend {
  const stems = new Set<string>();
  const terms = new Set<string>();
  for (const token of tokens) {
    const stemmed = stem(token);
    stems.add(stemmed);
    if (!isStopWord(token)) terms.add(stemmed);
  }
  for (const word of scopeWords(body).split(' ')) stems.add(stem(word));
  return { id, marks: marksOf(terms), stems };
}

type Closest = Looking & { readonly marks: readonly Marks[] };

/** Those of the drawn that share enough, by the marks of what they say, and how much: hardly ever any. */
async function closest(
  reader: Reader,
  drawn: readonly (readonly number[])[],
  { rows, isNear, marks }: Closest,
): Promise<ReadonlyMap<number, Overlap>[]> {
  const known = await rows.marks(reader, [...new Set(drawn.flat().filter(isStored))]);
  return drawn.map((numbers, index) => {
    const near = new Map<number, Overlap>();
    const own = numbers.length > 0 && new Set(marks[index]);
    for (const number of own ? numbers : []) {
      const other = isStored(number) ? known.get(number) : marks[-1 - number];
      const shared = own && other && markOverlap(own, other);
      if (shared && isNear(shared)) near.set(number, shared);
    }
    return near;
  });
}

/** The rows that share the rarest words with each addition, best first. */
async function draw(reader: Reader, additions: readonly Addition[], rows: NewestRows): Promise<number[][]> {
  const probed = additions.map(({ tokens }) => probes(tokens));
  const held = await lookUp(reader, probed, rows);
  return probed.map((probe, index) => {
    const lists = settled(probe, held).asked.flatMap(key => [held.get(key) ?? []]);
    const drawn = strongest(lists);
    for (const list of lists) list.unshift(staged(index));
    return drawn;
  });
}

/** The newest rows that hold each probe, by its words, in as few queries as it takes to find enough rare ones. */
async function lookUp(
  reader: Reader,
  probed: readonly Probes[],
  rows: NewestRows,
): Promise<Map<string, number[]>> {
  const held = new Map<string, number[]>();
  let open = probed;
  for (;;) {
    const missing = new Set<string>();
    open = open.filter(probe => {
      const keys = settled(probe, held).missing;
      for (const key of keys) missing.add(key);
      return keys.length > 0;
    });
    if (missing.size === 0) return held;
    for (const [key, list] of await rows.holding(reader, [...missing])) held.set(key, [...list]);
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
  const newest = lists.map(list => (list.length > NEWEST ? list.slice(0, NEWEST) : list));
  // Most rows are in one list only; this tells nearly all of them without an entry for each.
  seen.fill(0);
  for (const list of newest) for (const number of list) seen[number & SEEN] = (seen[number & SEEN] ?? 0) + 1;
  // Negative as long as one word alone is shared: an object for each row would cost more than all the rest.
  const shared = new Map<number, number>();
  for (const [at, list] of newest.entries()) {
    const weight = 1 / (lists[at]?.length ?? 1);
    for (const number of list) {
      if ((seen[number & SEEN] ?? 0) < least) continue;
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

/** How many times a row was met, by the last digits of its number. */
const SEEN = 4_095;
const seen = new Uint16Array(SEEN + 1);

// Additions of the batch stand among the row numbers as negative ones.
const staged = (index: number): number => -1 - index;
const isStored = (number: number): boolean => number >= 0;

const earlier = (addition: Addition | undefined) =>
  addition && {
    id: addition.id,
    holds: true,
    type: addition.body.type,
    valid_from: addition.body.valid_from,
    valid_to: addition.body.valid_to,
    graph_nodes: addition.body.graph_nodes,
  };

/** In its scope or global. */
const overlaps = (one: Pick<MemoryBody, 'graph_nodes'>, places: readonly string[] = []): boolean =>
  one.graph_nodes.length === 0 || one.graph_nodes.some(node => places.includes(node));

export const scopeOf = (addition: Addition | undefined): ScopeFilter => ({
  nodes: { match: 'home', anyOf: addition?.places ?? [] },
  tags: [],
});

/** The indexes of the additions by scope, since a batch has one as a rule. */
export function sameScope(additions: readonly Addition[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, { places }] of additions.entries()) {
    const key = JSON.stringify(places);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()];
}

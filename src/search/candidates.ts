import type { PassageKind } from '../schema/hit-kind.js';
import type { MemoryStatus } from '../schema/memory.js';
import type { TextMatch } from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import { together } from '../store/together.js';
import type { Family as VectorFamily } from '../store/vector-families.js';
import { isPaired } from '../text/paired.js';
import { type Family, type Filter, familiesOf, type Matches } from './families.js';
import type { Question } from './features.js';
import { covering, holding, selecting } from './frequencies.js';
import { subjectTerms } from './match.js';
import type { Rankable } from './rank.js';
import type { Row } from './vector-cache.js';

/** Something to rank, with what there is to rank it by. `id` names it among all nouns. */
export type Candidate = Rankable &
  (
    | {
        readonly kind: 'memory';
        readonly number: number;
        readonly status: MemoryStatus;
        /** Of what it replaced, where that was found too. */
        readonly replaced?: readonly Row[];
      }
    | {
        readonly kind: PassageKind;
        /** Of the passage; of a noun in parts, the best. */
        readonly number: number;
        readonly part: number;
        readonly session_id: string | null;
        /** Of a message. */
        readonly sequence: number | null;
      }
  );

export type Found = {
  /** Ranked one after the other, so that fetching more for a later page does not reorder what was shown. */
  readonly blocks: readonly (readonly Candidate[])[];
  /** How many nouns match in all; the candidates may be fewer. */
  readonly matches: number;
  /** The words to show in snippets. */
  readonly terms: readonly string[];
  /** What a row with every term once would score by words, in each index that was asked. */
  readonly best?: Question['best'];
};

export type Request = {
  readonly filter: Filter;
  /** How many hits the page needs, counted from the first. */
  readonly wanted: number;
};

/** Of each family, in each block. */
export const CANDIDATES = 200;
/** With more rows than these, terms in a greater share of them are common; see docs/decisions/0005. */
const COMMON: Readonly<Record<VectorFamily, readonly Commonness[]>> = {
  memory: [
    { rows: 5000, share: 0.05 },
    { rows: 500, share: 0.2 },
  ],
  passage: [
    { rows: 50_000, share: 0.05 },
    { rows: 5000, share: 0.2 },
  ],
};
type Commonness = { readonly rows: number; readonly share: number };
const FEW = 100;

/** What holds at least one subject term of the query, best BM25 first. */
export async function byWords(reader: Reader, query: string, { filter, wanted }: Request): Promise<Found> {
  const terms = subjectTerms(query);
  if (terms.length === 0) return { blocks: [], matches: 0, terms };
  const best = { memory: 0, passage: 0 };
  const found = familiesOf(filter).map(async family => {
    const rows = await family.rows(reader);
    if (rows === 0) return NONE;
    const held = await holding(reader, family, terms);
    best[family.name] = bestScore([...held.values()], rows);
    return matching(reader, family, { rows, held, limit: inWholeBlocks(wanted) });
  });
  return { ...abreast(await together(found)), terms, best };
}

/** Without words to go by: the newest, so that an empty query lists what there is. */
export async function browse(reader: Reader, { filter, wanted }: Request): Promise<Found> {
  const found = familiesOf(filter).map(async family => {
    const [newest, matches] = await together([
      family.newest(reader, inWholeBlocks(wanted)),
      family.countAll(reader),
    ]);
    return { blocks: inBlocks(newest), matches };
  });
  return { ...abreast(await together(found)), terms: [] };
}

type Matching = Pick<Found, 'blocks' | 'matches'>;

const NONE: Matching = { blocks: [], matches: 0 };
const NO_ROWS: Matches<Candidate> = { rows: [], matches: 0 };

/** Block by block, so that the best of each family are ranked against one another. */
function abreast(found: readonly Matching[]): Matching {
  const length = Math.max(0, ...found.map(({ blocks }) => blocks.length));
  return {
    blocks: Array.from({ length }, (_, at) => found.flatMap(({ blocks }) => blocks[at] ?? [])),
    matches: found.reduce((sum, { matches }) => sum + matches, 0),
  };
}

const inWholeBlocks = (wanted: number): number => Math.ceil(Math.max(wanted, 1) / CANDIDATES) * CANDIDATES;

type Wanted = {
  readonly rows: number;
  /** How many of them hold each term. */
  readonly held: ReadonlyMap<string, number>;
  readonly limit: number;
};

type Words = Pick<TextMatch, 'terms' | 'deferred'>;

/** Rows that do not pass may be all that hold the rarer terms: then what holds the common ones is found. */
async function matching(reader: Reader, family: Family, wanted: Wanted): Promise<Matching> {
  const words = deferCommon(wanted, family.name);
  const found = await matchingBy(reader, family, { ...wanted, words });
  if (found.matches > 0 || words.deferred.length === 0) return found;
  return matchingBy(reader, family, { ...wanted, words: { terms: [...wanted.held.keys()], deferred: [] } });
}

async function matchingBy(
  reader: Reader,
  family: Family,
  { rows, held, limit, words }: Wanted & { readonly words: Words },
): Promise<Matching> {
  const matched = words.terms.reduce((sum, term) => sum + (held.get(term) ?? 0), 0);
  const any: TextMatch = {
    need: 'any',
    ...words,
    scopes: await selectiveScopes(reader, family, {
      rows,
      matched: words.deferred.length > 0 ? rows : matched,
    }),
    rows: matched,
  };
  const { rows: found, matches } = await family.find(reader, any, { limit });
  const [first = [], ...later] = inBlocks(found);
  const known = first.map(({ number }) => number);
  const complete =
    matches > CANDIDATES && held.size > 1
      ? await family.find(
          reader,
          { ...any, need: 'all' },
          { limit: CANDIDATES, ...(rarest(held) <= CANDIDATES && { except: known }) },
        )
      : NO_ROWS;
  const best = new Set(first.map(candidate => candidate.id));
  const all = complete.rows.filter(({ id }) => !best.has(id));
  return { blocks: await closed(reader, family, { blocks: [[...first, ...all], ...later], any }), matches };
}

/** No more rows than that hold every term. What is indexed in pairs may stand within one, uncounted. */
const rarest = (held: Wanted['held']): number =>
  Math.min(...[...held].map(([term, rows]) => (isPaired(term) ? Number.POSITIVE_INFINITY : rows)));

type Open = { readonly blocks: readonly (readonly Candidate[])[]; readonly any: TextMatch };

/** Each in one block only, and with it what replaced it, if that matches too: blocks are ranked one by one. */
async function closed(reader: Reader, family: Family, { blocks, any }: Open): Promise<Candidate[][]> {
  const placed = new Set<string>();
  const done: Candidate[][] = [];
  for (const block of blocks) {
    const own = block.filter(({ id }) => !placed.has(id));
    for (const { id } of own) placed.add(id);
    const replaced = own.flatMap(({ id, superseded_by }) => (superseded_by ? id : []));
    const among = (replaced.length > 0 ? await family.successors(reader, replaced) : []).filter(
      id => !placed.has(id),
    );
    const { rows: successors } =
      among.length > 0 ? await family.find(reader, any, { among, limit: among.length }) : NO_ROWS;
    for (const { id } of successors) placed.add(id);
    done.push([...own, ...successors]);
  }
  return done;
}

const inBlocks = (candidates: readonly Candidate[]): Candidate[][] =>
  Array.from({ length: Math.ceil(candidates.length / CANDIDATES) }, (_, block) =>
    candidates.slice(block * CANDIDATES, (block + 1) * CANDIDATES),
  );

/** What FTS5 gives a term that is in more than half of the rows. */
const LEAST = 1e-6;

/** The inverse frequencies that BM25 gives terms, summed. */
const bestScore = (held: readonly number[], rows: number): number =>
  held.reduce((sum, one) => sum + Math.max(LEAST, Math.log((rows - one + 0.5) / (one + 0.5))), 0);

/** Common terms score without selecting, as long as a rarer term is left to select by. */
function deferCommon({ held, rows }: Wanted, family: VectorFamily): Words {
  const terms = [...held.keys()];
  const share = COMMON[family].find(one => rows > one.rows)?.share;
  if (share === undefined || terms.length === 1) return { terms, deferred: [] };
  const common = terms.filter(term => (held.get(term) ?? 0) > rows * share);
  if (common.length === terms.length) return { terms, deferred: [] };
  return { terms: terms.filter(term => !common.includes(term)), deferred: common };
}

/**
 * Scope tokens select inside the index only where they leave out enough to pay for themselves: the rows of each are
 * counted too, and those of deferred terms are no others.
 */
async function selectiveScopes(
  reader: Reader,
  family: Family,
  { rows, matched }: { readonly rows: number; readonly matched: number },
): Promise<string[]> {
  if (rows <= FEW || (await covering(reader, family)) >= Math.min(rows / 2, matched)) return [];
  return selecting(family) ?? [];
}

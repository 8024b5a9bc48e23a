import type { MemoryStatus } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { successorIds } from '../store/memories.js';
import {
  countPassing,
  countText,
  documentFrequency,
  highestNumber,
  type MemoryFilter,
  scanContents,
  searchText,
  type TextQuery,
} from '../store/memory-text.js';
import type { Reader, Store } from '../store/store.js';
import { stem } from '../text/analyse.js';
import { GLOBAL, nodeToken } from '../text/scope-tokens.js';
import { type Match, matchAll, matchAny, subjectTerms } from './match.js';
import type { Rankable } from './rank.js';
import { PatternSearch } from './regex.js';

export type Candidate = Rankable & { readonly status: MemoryStatus };

export type Found = {
  /** Ranked one after the other, so that fetching more for a later page does not reorder what was shown. */
  readonly blocks: readonly (readonly Candidate[])[];
  /** How many rows match in all; the candidates may be fewer. */
  readonly matches: number;
  /** The words to show in snippets. */
  readonly terms: readonly string[];
};

export type Request = {
  readonly filter: MemoryFilter;
  /** How many hits the page needs, counted from the first. */
  readonly wanted: number;
};

const CANDIDATES = 200;
const PAGE = 500;
const LAST_ID = '\uffff';
/** Below this many rows ranking every match is cheap; see docs/decisions/0005. */
const LARGE = 5000;
const COMMON = 0.05;

/** Rows that hold at least one subject term of the query, best BM25 first. */
export async function byWords(reader: Reader, query: string, { filter, wanted }: Request): Promise<Found> {
  const terms = subjectTerms(query);
  if (terms.length === 0) return { blocks: [], matches: 0, terms };
  const rows = await highestNumber(reader);
  const match = {
    ...(await deferCommon(reader, terms, rows)),
    scopes: await selectiveScopes(reader, filter.scope, rows),
  };
  const limit = Math.ceil(Math.max(wanted, 1) / CANDIDATES) * CANDIDATES;
  const passing = { match: matchAny(match), filter };
  const found = await searchText(reader, { ...passing, limit });
  const matches = found.length < limit ? found.length : await countText(reader, passing);
  const complete =
    matches > CANDIDATES && terms.length > 1
      ? await searchText(reader, { match: matchAll(match), filter, limit: CANDIDATES })
      : [];
  const [first = [], ...later] = inBlocks(found);
  const best = new Set(first.map(candidate => candidate.id));
  const whole = complete.filter(({ id }) => !best.has(id));
  return { blocks: await closed(reader, [[...first, ...whole], ...later], passing), matches, terms };
}

/** Each in one block only, and with it what replaced it, if that matches too: blocks are ranked one by one. */
async function closed(
  reader: Reader,
  blocks: readonly (readonly Candidate[])[],
  query: Pick<TextQuery, 'match' | 'filter'>,
): Promise<Candidate[][]> {
  const placed = new Set<string>();
  const done: Candidate[][] = [];
  for (const block of blocks) {
    const own = block.filter(({ id }) => !placed.has(id));
    for (const { id } of own) placed.add(id);
    const replaced = own.flatMap(({ id, superseded_by }) => (superseded_by ? id : []));
    const among = (replaced.length > 0 ? await successorIds(reader, replaced) : []).filter(
      id => !placed.has(id),
    );
    const successors =
      among.length > 0 ? await searchText(reader, { ...query, among, limit: among.length }) : [];
    for (const { id } of successors) placed.add(id);
    done.push([...own, ...successors]);
  }
  return done;
}

/** Without words to go by: the newest, so that an empty query lists what there is. */
export async function browse(reader: Reader, { filter, wanted }: Request): Promise<Found> {
  const limit = Math.ceil(Math.max(wanted, 1) / CANDIDATES) * CANDIDATES;
  const rows = await scanContents(reader, filter, { beforeId: LAST_ID, limit });
  return {
    blocks: inBlocks(rows.map(row => ({ ...row, raw: 0 }))),
    matches: await countPassing(reader, filter),
    terms: [],
  };
}

const inBlocks = (candidates: readonly Candidate[]): Candidate[][] =>
  Array.from({ length: Math.ceil(candidates.length / CANDIDATES) }, (_, block) =>
    candidates.slice(block * CANDIDATES, (block + 1) * CANDIDATES),
  );

export type Scan = { readonly namespace: string; readonly filter: MemoryFilter; readonly timeoutMs: number };

/** Rows whose content matches a regular expression. Each page is a read of its own, so that nobody waits for a slow pattern. */
export async function byPattern(
  store: Store,
  source: string,
  { namespace, filter, timeoutMs }: Scan,
): Promise<Found> {
  await using pattern = new PatternSearch(source, timeoutMs);
  const candidates: Candidate[] = [];
  const matched: string[] = [];
  let beforeId = LAST_ID;
  for (;;) {
    const from = beforeId;
    const rows = await store.read(namespace, reader =>
      scanContents(reader, filter, { beforeId: from, limit: PAGE }),
    );
    const last = rows.at(-1);
    if (!last) return { blocks: [candidates], matches: candidates.length, terms: matched };
    const spans = await pattern.match(rows.map(row => row.content));
    for (const [index, span] of spans.entries()) {
      const row = rows[index];
      if (!span || !row) continue;
      candidates.push({ ...row, raw: 0 });
      if (matched.length < 16) matched.push(row.content.slice(span[0], span[0] + Math.min(span[1], 100)));
    }
    beforeId = last.id;
  }
}

/** Common terms score without selecting, as long as a rarer term is left to select by. */
async function deferCommon(
  reader: Reader,
  terms: readonly string[],
  rows: number,
): Promise<Pick<Match, 'terms' | 'deferred'>> {
  if (rows <= LARGE || terms.length === 1) return { terms, deferred: [] };
  const common = new Set<string>();
  for (const term of terms)
    if ((await documentFrequency(reader, stem(term))) > rows * COMMON) common.add(term);
  if (common.size === terms.length) return { terms, deferred: [] };
  return { terms: terms.filter(term => !common.has(term)), deferred: [...common] };
}

/** Scope tokens select inside the index only where they leave out enough to pay for themselves. */
async function selectiveScopes(reader: Reader, { nodes }: ScopeFilter, rows: number): Promise<string[]> {
  if (rows <= LARGE / 5 || nodes.match === 'everything') return [];
  const tokens =
    nodes.match === 'home'
      ? [GLOBAL, ...nodes.anyOf.map(nodeToken)]
      : [nodes.allOf[0] === undefined ? GLOBAL : nodeToken(nodes.allOf[0])];
  let covered = 0;
  for (const token of tokens) covered += await documentFrequency(reader, token);
  return covered < rows / 2 ? tokens : [];
}

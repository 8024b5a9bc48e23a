import type { Reader } from '../store/store.js';
import { CANDIDATES, type Candidate, type Found } from './candidates.js';
import { type Family, type Filter, familiesOf } from './families.js';
import type { Question, Semantic } from './semantic.js';
import type { Row } from './vector-cache.js';
import { AS_NEAR } from './weights.js';

export type Asking = {
  readonly filter: Filter;
  readonly semantic: Semantic;
  readonly question: Question;
  /** Cosine from which a row that holds none of the words may be a hit. */
  readonly floor: number;
};

/**
 * Adds what is near in meaning to the first block of what was found by words, and to each candidate there how near it
 * is. What is added has no score by words even where a later block has one: fetching more for a later page must not
 * reorder what was shown. Nothing that was found by words goes.
 */
export async function byMeaning(
  reader: Reader,
  asking: Asking,
  { blocks: [first = [], ...later], matches, ...found }: Found,
): Promise<Found> {
  const nearest: Candidate[] = [];
  for (const family of familiesOf(asking.filter)) {
    const own = first.filter(({ kind }) => (kind === 'memory') === (family.name === 'memory'));
    nearest.push(...(await nearOf(reader, family, { asking, own })));
  }
  const known = new Set(later.flatMap(block => block.map(({ id }) => id)));
  const shown = new Set(nearest.map(({ id }) => id));
  const added = shown.size - first.length;
  // Of what matches by words beyond the blocks fetched, some may be near too and be counted twice.
  const again = [...known].filter(id => shown.has(id)).length;
  return {
    blocks: [nearest, ...later.map(block => block.filter(({ id }) => !shown.has(id)))],
    matches: matches + added - again,
    ...found,
  };
}

type Near = { readonly asking: Asking; readonly own: readonly Candidate[] };

/** A family's candidates with their cosines, those found by words first, of a noun in parts the nearest part's. */
async function nearOf(reader: Reader, family: Family, { asking, own }: Near): Promise<readonly Candidate[]> {
  if ((await family.rows(reader)) === 0) return own;
  const { semantic, question, floor } = asking;
  const around = await semantic.around(reader, question, family);
  if (!around) return own;
  const least = (best: number) => Math.max(floor, best * AS_NEAR);
  const known = new Map(own.map(candidate => [candidate.number, candidate]));
  const found = await around.nearest({ limit: CANDIDATES, least, known });
  const cosines = new Map(found.map(({ number, cosine }) => [number, cosine]));
  const successors = await successorsOf(reader, family, found);
  const unknown = [...own, ...successors].flatMap(spokenFor).filter(({ number }) => !cosines.has(number));
  for (const { number, cosine } of await around.cosines(unknown)) cosines.set(number, cosine);
  const candidates = new Map<string, Candidate>();
  for (const candidate of [...own, ...found, ...successors]) {
    const before = candidates.get(candidate.id);
    const cosine = highest(before?.cosine ?? null, nearestOf(candidate, cosines));
    if (!before && candidate.cosine === cosine) candidates.set(candidate.id, candidate);
    else if (!before || before.cosine !== cosine)
      candidates.set(candidate.id, { ...(before ?? candidate), cosine });
  }
  return [...candidates.values()];
}

/** The rows of a candidate and of what it replaced. */
const spokenFor = (candidate: Candidate): Row | readonly Row[] =>
  candidate.kind === 'memory' && candidate.replaced ? [candidate, ...candidate.replaced] : candidate;

function nearestOf(candidate: Candidate, cosines: ReadonlyMap<number, number>): number | null {
  const own = cosines.get(candidate.number) ?? null;
  if (candidate.kind !== 'memory' || !candidate.replaced) return own;
  return candidate.replaced.map(({ number }) => cosines.get(number) ?? null).reduce(highest, own);
}

const highest = (left: number | null, right: number | null): number | null =>
  left === null || right === null ? (left ?? right) : Math.max(left, right);

async function successorsOf(
  reader: Reader,
  family: Family,
  found: readonly Candidate[],
): Promise<readonly Candidate[]> {
  const replaced = found.flatMap(({ id, superseded_by }) => (superseded_by ? id : []));
  if (replaced.length === 0) return [];
  return family.among(reader, await family.successorNumbers(reader, replaced));
}

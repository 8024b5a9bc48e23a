import type { MemoryBody } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { findMemories, sameFingerprint } from '../store/memories.js';
import { type Neighbour, nearest } from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import { analyse } from '../text/analyse.js';
import { snippet } from '../text/snippet.js';
import { agreement, difference, similarity, termSet } from './compare.js';
import { fingerprint } from './index-text.js';

export type LookAlike = { readonly uri: string; readonly similarity: number; readonly snippet: string };
export type Contradiction = { readonly uri: string; readonly differs: string; readonly snippet: string };
export type Resemblance = {
  readonly lookalikes: readonly LookAlike[];
  readonly contradictions: readonly Contradiction[];
};

export type Thresholds = { readonly lookalikeOverlap: number; readonly contradictionOverlap: number };

const CANDIDATES = 20;
const SHOWN = 3;
const SNIPPET = 160;
/** A choice, not yet a measurement (docs/decisions/0006): each further term costs time with every row that holds it. */
const PROBES = 6;

/**
 * What is already known that a new memory resembles or contradicts, within its own scope and global, so that
 * nothing of another project shows. What the memory replaces does not count.
 */
export async function resemblances(
  reader: Reader,
  body: MemoryBody,
  thresholds: Thresholds,
): Promise<Resemblance> {
  const scope: ScopeFilter = { nodes: { match: 'home', anyOf: body.graph_nodes }, tags: [] };
  const exact = (await sameFingerprint(reader, fingerprint(body.content), scope)).map(row => row.id);
  const terms = termSet(analyse(body.content));
  const near = (await neighbours(reader, body, scope)).filter(({ id }) => !exact.includes(id));
  const close = near.map(neighbour => ({ ...neighbour, terms: termSet(neighbour.own.split(' ')) }));
  const alike = close.filter(row => similarity(terms, row.terms) >= thresholds.lookalikeOverlap);
  const rivals = close.filter(
    row => row.type === body.type && agreement(terms, row.terms) >= thresholds.contradictionOverlap,
  );
  if (exact.length + alike.length + rivals.length === 0) return { lookalikes: [], contradictions: [] };
  const replaced = new Set(body.supersedes);
  const found = await findMemories(
    reader,
    [...new Set([...exact, ...alike.map(r => r.id), ...rivals.map(r => r.id)])].filter(
      id => !replaced.has(id),
    ),
  );
  const texts = new Map(found.map(memory => [memory.id, memory]));
  const show = (id: string) => ({
    uri: `memory://${id}`,
    snippet: snippet(texts.get(id)?.content ?? '', [...terms], SNIPPET),
  });
  const contradictions = rivals.flatMap(({ id }) => {
    const other = texts.get(id);
    const differs = other?.status === 'active' ? difference(body.content, other.content) : undefined;
    return differs ? { ...show(id), differs } : [];
  });
  const scored = [
    ...exact.map(id => ({ id, score: 1 })),
    ...alike.map(row => ({ id: row.id, score: similarity(terms, row.terms) })),
  ];
  const lookalikes = scored
    .filter(({ id }) => texts.has(id))
    .map(({ id, score }) => ({ ...show(id), similarity: Math.round(score * 100) / 100 }));
  return { lookalikes: lookalikes.slice(0, SHOWN), contradictions: contradictions.slice(0, SHOWN) };
}

/** The best matches for the longest words, which are the rare ones as a rule and need no look at the index to choose. */
function neighbours(reader: Reader, body: MemoryBody, scope: ScopeFilter): Promise<Neighbour[]> {
  const words = [...new Set(analyse(body.content))].filter(word => !/\p{N}/u.test(word));
  const probes = words
    .sort((left, right) => right.length - left.length || (left < right ? -1 : 1))
    .slice(0, PROBES);
  if (probes.length === 0) return Promise.resolve([]);
  return nearest(reader, {
    match: `own : (${probes.map(word => `"${word}"`).join(' OR ')})`,
    scope,
    limit: CANDIDATES,
  });
}

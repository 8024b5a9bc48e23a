import { findMemories, sameFingerprints } from '../store/memories.js';
import type { Reader } from '../store/store.js';
import { snippet } from '../text/snippet.js';
import { claims, difference, overlap, termSet } from './compare.js';
import { type Addition, neighbours, sameScope, scopeOf } from './neighbours.js';

export type LookAlike = { readonly uri: string; readonly similarity: number; readonly snippet: string };
export type Contradiction = { readonly uri: string; readonly differs: string; readonly snippet: string };
export type Resemblance = {
  readonly lookalikes: readonly LookAlike[];
  readonly contradictions: readonly Contradiction[];
};

export type Thresholds = { readonly lookalikeOverlap: number; readonly contradictionOverlap: number };

const SHOWN = 3;
const SNIPPET = 160;
const NONE: Resemblance = { lookalikes: [], contradictions: [] };

/**
 * What is already known, or said earlier in the batch, that each addition resembles or contradicts, within its own
 * scope and global, so that nothing of another project shows. What the addition replaces does not count.
 */
export async function resemblances(
  reader: Reader,
  additions: readonly Addition[],
  thresholds: Thresholds,
): Promise<Resemblance[]> {
  const exact = await sameText(reader, additions);
  const near = await neighbours(reader, additions);
  const judged = additions.map(({ body, tokens }, index) => {
    const same = exact[index] ?? [];
    const terms = termSet(tokens);
    const others = (near[index] ?? [])
      .filter(({ id }) => !same.includes(id) && !body.supersedes.includes(id))
      .map(({ id, type, terms: known }) => ({ id, type, ...overlap(terms, known) }));
    return {
      terms,
      alike: [
        ...same.filter(id => !body.supersedes.includes(id)).map(id => ({ id, similarity: 1 })),
        ...others.filter(({ similarity }) => similarity >= thresholds.lookalikeOverlap),
      ],
      rivals: others
        .filter(({ type, agreement }) => type === body.type && agreement >= thresholds.contradictionOverlap)
        .map(({ id }) => id),
    };
  });
  const texts = await contents(
    reader,
    additions,
    judged.flatMap(({ alike, rivals }) => [...alike.map(({ id }) => id), ...rivals]),
  );
  return additions.map(({ body }, index) => {
    const found = judged[index];
    return found ? show(body.content, found, texts) : NONE;
  });
}

type Judged = {
  readonly terms: ReadonlySet<string>;
  readonly alike: readonly { readonly id: string; readonly similarity: number }[];
  readonly rivals: readonly string[];
};
/** By id: what it says, and whether that holds already or will with the batch. */
type Texts = ReadonlyMap<string, { readonly content: string; readonly holds: boolean }>;

function show(content: string, { terms, alike, rivals }: Judged, texts: Texts): Resemblance {
  const piece = (id: string) => ({
    uri: `memory://${id}`,
    snippet: snippet(texts.get(id)?.content ?? '', [...terms], SNIPPET),
  });
  const own = claims(content);
  const contradictions: Contradiction[] = [];
  for (const id of rivals) {
    const other = texts.get(id);
    const differs = other?.holds ? difference(own, claims(other.content)) : undefined;
    if (differs) contradictions.push({ ...piece(id), differs });
    if (contradictions.length === SHOWN) break;
  }
  return {
    lookalikes: alike
      .filter(({ id }) => texts.has(id))
      .slice(0, SHOWN)
      .map(({ id, similarity }) => ({ ...piece(id), similarity: Math.round(similarity * 100) / 100 })),
    contradictions,
  };
}

/** The ids of the memories that say the same but for case, white space and closing punctuation. */
async function sameText(reader: Reader, additions: readonly Addition[]): Promise<string[][]> {
  const found: string[][] = additions.map(() => []);
  for (const group of sameScope(additions)) {
    const prints = group.map(index => additions[index]?.fingerprint ?? '');
    const rows = await sameFingerprints(reader, prints, scopeOf(additions[group[0] ?? 0]));
    if (rows.length > 0)
      for (const [at, index] of group.entries())
        found[index] = rows.filter(row => row.fingerprint === prints[at]).map(({ id }) => id);
  }
  return found;
}

async function contents(
  reader: Reader,
  additions: readonly Addition[],
  ids: readonly string[],
): Promise<Texts> {
  if (ids.length === 0) return new Map();
  const staged = additions.map(({ id, body }) => [id, { content: body.content, holds: true }] as const);
  const stored = await findMemories(reader, [...new Set(ids)]);
  return new Map([
    ...staged,
    ...stored.map(({ id, content, status }) => [id, { content, holds: status === 'active' }] as const),
  ]);
}

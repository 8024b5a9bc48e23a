import type { MemoryBody } from '../schema/memory.js';
import { contentsOf, knownFingerprints, sameFingerprints } from '../store/memories.js';
import type { Reader } from '../store/store.js';
import { snippet } from '../text/snippet.js';
import { type Claims, claims, difference, termSet } from './compare.js';
import { type Addition, type Neighbour, neighbours, sameScope, scopeOf } from './neighbours.js';
import type { NewestRows } from './newest-rows.js';

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
 * scope and global, so that nothing of another project shows. What the batch replaces or retires does not count.
 */
export async function resemblances(
  reader: Reader,
  additions: readonly Addition[],
  { rows, thresholds, leaving }: Looking,
): Promise<Resemblance[]> {
  const exact = await sameText(reader, additions);
  const near = await neighbours(reader, additions, {
    rows,
    isNear: ({ similarity, agreement }) =>
      similarity >= thresholds.lookalikeOverlap || agreement >= thresholds.contradictionOverlap,
  });
  const stays = (id: string) => !leaving.has(id);
  const judged = additions.map(({ body }, index) =>
    judge(body, {
      same: (exact[index] ?? []).filter(stays),
      near: (near[index] ?? []).filter(({ id }) => stays(id)),
      thresholds,
    }),
  );
  const contradicting = await contradictions(reader, judged, { rows, additions });
  const texts = await contentsOf(reader, [
    ...judged.flatMap(({ alike }) => alike.map(({ id }) => id)),
    ...contradicting.flatMap(found => found.map(({ id }) => id)),
  ]);
  for (const { id, body } of additions) texts.set(id, body.content);
  return additions.map(({ tokens }, index) =>
    show({ alike: judged[index]?.alike ?? [], contradicting: contradicting[index] ?? [], tokens }, texts),
  );
}

type Looking = {
  readonly rows: NewestRows;
  readonly thresholds: Thresholds;
  /** The ids of what the batch replaces or retires. */
  readonly leaving: ReadonlySet<string>;
};

type Judged = {
  readonly body: MemoryBody;
  readonly alike: readonly { readonly id: string; readonly similarity: number }[];
  /** Those that may contradict it, by what they share. */
  readonly rivals: readonly string[];
};
type Found = {
  readonly same: readonly string[];
  readonly near: readonly Neighbour[];
  readonly thresholds: Thresholds;
};

function judge(body: MemoryBody, { same, near, thresholds }: Found): Judged {
  const others = near.filter(({ id }) => !same.includes(id));
  return {
    body,
    alike: [
      ...same.map(id => ({ id, similarity: 1 })),
      ...others.filter(({ similarity }) => similarity >= thresholds.lookalikeOverlap),
    ],
    rivals: others
      .filter(
        ({ type, holds, agreement, ...window }) =>
          holds &&
          type === body.type &&
          agreement >= thresholds.contradictionOverlap &&
          meet(window, body) &&
          meet(body, window),
      )
      .map(({ id }) => id),
  };
}

type Window = Pick<MemoryBody, 'valid_from' | 'valid_to'>;

/** Whether one begins before the other is over: what holds at other times contradicts nothing. */
const meet = ({ valid_from }: Window, { valid_to }: Window): boolean =>
  valid_from === null || valid_to === null || valid_from < valid_to;

type Contradicting = { readonly id: string; readonly differs: string };

/** Which rivals of each addition claim something else. */
async function contradictions(
  reader: Reader,
  judged: readonly Judged[],
  { rows, additions }: { readonly rows: NewestRows; readonly additions: readonly Addition[] },
): Promise<Contradicting[][]> {
  const staged = new Map(additions.map(({ id, body }) => [id, body.content]));
  const stored = [...new Set(judged.flatMap(({ rivals }) => rivals))].filter(id => !staged.has(id));
  const known = await rows.claims(reader, stored);
  const ofStaged = new Map<string, Claims>();
  const claimsOf = (id: string): Claims | undefined => {
    const content = staged.get(id);
    if (content === undefined) return known.get(id);
    const made = ofStaged.get(id) ?? claims(content);
    ofStaged.set(id, made);
    return made;
  };
  return judged.map(({ body, rivals }) => {
    if (rivals.length === 0) return [];
    const own = claims(body.content);
    const found: Contradicting[] = [];
    for (const id of rivals) {
      const others = claimsOf(id);
      const differs = others && difference(own, others);
      if (differs) found.push({ id, differs });
      if (found.length === SHOWN) break;
    }
    return found;
  });
}

/** By id: what it says. */
type Texts = ReadonlyMap<string, string>;
type Shown = Pick<Judged, 'alike'> & {
  readonly contradicting: readonly Contradicting[];
  readonly tokens: readonly string[];
};

function show({ alike, contradicting, tokens }: Shown, texts: Texts): Resemblance {
  if (alike.length === 0 && contradicting.length === 0) return NONE;
  const terms = [...termSet(tokens)];
  const piece = (id: string) => ({
    uri: `memory://${id}`,
    snippet: snippet(texts.get(id) ?? '', terms, SNIPPET),
  });
  return {
    lookalikes: alike
      .filter(({ id }) => texts.has(id))
      .slice(0, SHOWN)
      .map(({ id, similarity }) => ({ ...piece(id), similarity: Math.round(similarity * 100) / 100 })),
    contradictions: contradicting.map(({ id, differs }) => ({ ...piece(id), differs })),
  };
}

/** The ids of the memories that say the same but for case, white space and closing punctuation. */
async function sameText(reader: Reader, additions: readonly Addition[]): Promise<string[][]> {
  const found: string[][] = additions.map(() => []);
  const known = await knownFingerprints(
    reader,
    additions.map(({ fingerprint }) => fingerprint),
  );
  if (known.size === 0) return found;
  for (const group of sameScope(additions)) {
    const prints = group.map(index => additions[index]?.fingerprint ?? '');
    if (!prints.some(print => known.has(print))) continue;
    const rows = await sameFingerprints(reader, prints, scopeOf(additions[group[0] ?? 0]));
    for (const [at, index] of group.entries())
      found[index] = rows.filter(row => row.fingerprint === prints[at]).map(({ id }) => id);
  }
  return found;
}

import type { HitKind } from '../schema/hit-kind.js';
import type { MemoryStatus, MemoryType, Trust } from '../schema/memory.js';
import type { Role } from '../schema/message.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { pack } from '../text/pack.js';
import { snippet } from '../text/snippet.js';
import { fenceUntrusted } from '../text/untrusted.js';
import type { Parts, Rankable, Ranked } from './rank.js';

export type Hit = {
  readonly uri: string;
  readonly kind: HitKind;
  readonly type?: MemoryType;
  readonly status?: MemoryStatus;
  readonly snippet?: string;
  readonly score: number;
  readonly parts?: Parts;
  readonly trust?: Trust;
  readonly scope?: string;
  readonly created_at?: string;
  readonly superseded_by?: string;
  /** URIs of other memories that say the same. */
  readonly also?: readonly string[];
  /** Of what is only proposed: what memory_commit takes. */
  readonly batch_id?: string;
  /** Of a part of a blob, as fetch takes them: `101-200`. */
  readonly lines?: string;
  /** Of a message: its session, its number there, and who said it when, as the caller gave it. */
  readonly session?: string;
  readonly sequence?: number;
  readonly role?: Role;
  readonly name?: string;
  readonly timestamp?: string;
  /** The summary that stands for a message in the context. */
  readonly covered_by?: string;
  readonly truncated?: true;
};

/** What a hit shows of its noun, best left to the noun. `text` is unfenced. */
export type Shown = {
  readonly uri: string;
  readonly kind: HitKind;
  readonly text: string;
  readonly trust: Trust;
  readonly fields: Omit<Hit, 'uri' | 'kind' | 'snippet' | 'score' | 'parts' | 'trust' | 'truncated'>;
};

export type Showing = {
  /** Estimated tokens that the hits may take as JSON. */
  readonly budget: number;
  readonly terms: readonly string[];
  readonly detail: 'ids' | 'snippets' | 'full';
  readonly explain: boolean;
};

type Found = { readonly ranked: Pick<Ranked<Rankable>, 'score' | 'parts'>; readonly shown: Shown };
/** A hit and the text it may show, which is fenced only once it is cut: a cut fence would not close. */
type Piece = { readonly bare: Hit; readonly text: string; readonly trust: Trust };

const SNIPPET = 240;
/** Tokens worth having of a text: a first hit gives up fields before its text is cut shorter. */
const READABLE = 24;
/** What a hit that does not fit gives up, in this order; uri, kind, score, status and trust stay, which fit in 100. */
const DISPENSABLE = [
  'also',
  'scope',
  'parts',
  'timestamp',
  'name',
  'covered_by',
  'session',
  'role',
  'sequence',
  'created_at',
  'batch_id',
  'superseded_by',
  'type',
  'lines',
] as const satisfies (keyof Hit)[];

/** Shows what was ranked in its order, as many as the budget holds; a first one too large alone is cut. */
export function packHits(found: readonly Found[], showing: Showing): readonly Hit[] {
  const pieces = found.map(one => toPiece(one, showing));
  const { taken } = pack(pieces, {
    budget: showing.budget - CLOSING,
    cost: costOf,
    cut: piece => cutPiece(piece, showing.budget - CLOSING),
  });
  return taken.map(toHit);
}

/** What the bracket behind the last hit costs; the comma of each makes up for the bracket before the first. */
const CLOSING = 1;
const costOf = (piece: Piece): number => estimateTokens(`,${JSON.stringify(toHit(piece))}`);

function cutPiece({ bare, text, trust }: Piece, budget: number): Piece {
  let piece: Piece = { bare: { ...bare, truncated: true }, text, trust };
  let cut = cutText(piece, budget);
  const fits = () => costOf(cut) <= budget && (cut.text === text || estimateTokens(cut.text) >= READABLE);
  for (const field of DISPENSABLE) {
    if (fits()) break;
    piece = without(piece, field);
    cut = cutText(piece, budget);
  }
  return cut;
}

function without(piece: Piece, field: (typeof DISPENSABLE)[number]): Piece {
  const { [field]: _, ...bare } = piece.bare;
  return { ...piece, bare };
}

/** JSON escapes and fences cost tokens too, so the cut is tightened until the whole hit fits. */
function cutText(piece: Piece, budget: number): Piece {
  let tokens = Math.max(0, budget - costOf({ ...piece, text: '' }));
  let cut = { ...piece, text: cutToTokens(piece.text, tokens) };
  while (tokens > 0 && costOf(cut) > budget) {
    tokens = Math.floor(tokens * 0.8);
    cut = { ...piece, text: cutToTokens(piece.text, tokens) };
  }
  return cut;
}

const toHit = ({ bare, text, trust }: Piece): Hit =>
  text === '' ? bare : Object.assign({ ...bare }, { snippet: fenceUntrusted(text, trust) });

function toPiece({ ranked, shown }: Found, { terms, detail, explain }: Showing): Piece {
  const { uri, kind, text, trust, fields } = shown;
  const score = round(ranked.score);
  const base: Hit = explain ? { uri, kind, score, parts: rounded(ranked.parts) } : { uri, kind, score };
  if (detail === 'ids') return { bare: base, text: '', trust };
  const bare: Hit = Object.assign(base, { trust }, fields);
  return { bare, text: detail === 'full' ? text : snippet(text, terms, SNIPPET), trust };
}

const rounded = ({ relevance, importance, ...parts }: Parts): Parts => ({
  relevance: round(relevance),
  ...Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, round(value)])),
  ...(importance !== undefined && { importance }),
});

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

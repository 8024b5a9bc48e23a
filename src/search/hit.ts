import type { Memory, MemoryStatus, MemoryType, Trust } from '../schema/memory.js';
import { describeWritten } from '../scope.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { pack } from '../text/pack.js';
import { snippet } from '../text/snippet.js';
import { formatTime } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';
import type { Candidate } from './candidates.js';
import type { Parts, Ranked } from './rank.js';

export type Hit = {
  readonly uri: string;
  readonly kind: 'memory';
  readonly type?: MemoryType;
  readonly status?: MemoryStatus;
  readonly snippet?: string;
  readonly score: number;
  readonly parts?: Parts;
  readonly trust?: Trust;
  readonly scope?: string;
  readonly created_at?: string;
  readonly superseded_by?: string;
  readonly truncated?: true;
};

export type Showing = {
  /** Estimated tokens that the hits may take as JSON. */
  readonly budget: number;
  readonly terms: readonly string[];
  readonly detail: 'ids' | 'snippets' | 'full';
  readonly explain: boolean;
};

type Found = { readonly ranked: Ranked<Candidate>; readonly memory: Memory };
/** A hit and the text it may show, which is fenced only once it is cut: a cut fence would not close. */
type Piece = { readonly bare: Hit; readonly text: string; readonly trust: Trust };

const SNIPPET = 240;
/** What `"truncated":true` adds. */
const MARK = 8;

/** Shows ranked memories in their order, as many as the budget holds; a first one too large alone is cut. */
export function packHits(found: readonly Found[], showing: Showing): readonly Hit[] {
  const pieces = found.map(one => toPiece(one, showing));
  const { taken, truncated } = pack(pieces, {
    budget: showing.budget,
    cost: piece => costOf(piece, showing),
    cut: piece => cutPiece(piece, showing),
  });
  const hits = taken.map(piece => toHit(piece, showing));
  return truncated ? hits.map(hit => ({ ...hit, truncated: true as const })) : hits;
}

const costOf = (piece: Piece, showing: Showing): number =>
  estimateTokens(JSON.stringify(toHit(piece, showing)));

/** JSON escapes and fences cost tokens too, so the cut is tightened until the whole hit fits. */
function cutPiece(piece: Piece, showing: Showing): Piece {
  let tokens = Math.max(0, showing.budget - costOf({ ...piece, text: '' }, showing) - MARK);
  let cut = { ...piece, text: cutToTokens(piece.text, tokens) };
  while (tokens > 0 && costOf(cut, showing) + MARK > showing.budget) {
    tokens = Math.floor(tokens * 0.8);
    cut = { ...piece, text: cutToTokens(piece.text, tokens) };
  }
  return cut;
}

function toHit({ bare, text, trust }: Piece, { detail }: Showing): Hit {
  return detail === 'ids' ? bare : { ...bare, snippet: fenceUntrusted(text, trust) };
}

function toPiece({ ranked, memory }: Found, { terms, detail, explain }: Showing): Piece {
  const { relevance, importance, recency } = ranked.parts;
  const base: Hit = {
    uri: `memory://${memory.id}`,
    kind: 'memory',
    score: round(ranked.score),
    ...(explain && { parts: { relevance: round(relevance), importance, recency: round(recency) } }),
  };
  if (detail === 'ids') return { bare: base, text: '', trust: memory.trust };
  const bare: Hit = {
    ...base,
    type: memory.type,
    ...(ranked.status !== 'active' && { status: ranked.status }),
    trust: memory.trust,
    scope: describeWritten(memory),
    created_at: formatTime(memory.created_at),
    ...(ranked.superseded_by && { superseded_by: ranked.superseded_by }),
  };
  return {
    bare,
    text: detail === 'full' ? memory.content : snippet(memory.content, terms, SNIPPET),
    trust: memory.trust,
  };
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

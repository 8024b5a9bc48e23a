import type { Trust } from '../schema/memory.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { pack } from '../text/pack.js';
import { fenceUntrusted } from '../text/untrusted.js';

/** Something a block may show: a line or section that says whence it comes, and stored text. */
export type Piece = {
  readonly kind: 'medallions' | 'memories' | 'runs';
  readonly uri: string;
  /** Stands above the first of several pieces that have the same. */
  readonly heading: string;
  readonly lead: string;
  readonly body: string;
  readonly trust: Trust;
};

export type Frame = {
  readonly budget: number;
  /** First lines. */
  readonly opening: string;
  /** Last lines, from how many pieces of each kind were left out. */
  closing(omitted: Omitted): string;
};

export type Omitted = Readonly<Record<Piece['kind'], number>>;

export type Block = {
  readonly text: string;
  readonly shown: readonly Piece[];
  readonly omitted: Omitted;
  /** URI of a first piece that was too large alone and is cut. */
  readonly truncated: string | undefined;
};

/**
 * One Markdown text of pieces in their order, as many as fit between opening and closing, at most `budget` tokens
 * (estimated). Untrusted pieces are fenced, after they are cut: a cut fence would not close.
 */
export function block(pieces: readonly Piece[], { budget, opening, closing }: Frame): Block {
  const reserve = estimateTokens(opening) + estimateTokens(`\n${closing(countOf(pieces))}`);
  const texts = pieces.map((piece, index) => ({
    piece,
    first: piece.heading !== pieces[index - 1]?.heading,
  }));
  const { taken, truncated } = pack(texts, {
    budget: budget - reserve,
    cost: placed => estimateTokens(textOf(placed)),
    cut: placed => cut(placed, budget - reserve),
  });
  const omitted = countOf(pieces.slice(taken.length));
  const end = closing(omitted);
  return {
    text: [opening, ...taken.map(textOf), ...(end === '' ? [] : [`\n${end}`])].join(''),
    shown: taken.map(({ piece }) => piece),
    omitted,
    truncated: truncated ? taken[0]?.piece.uri : undefined,
  };
}

type Placed = { readonly piece: Piece; readonly first: boolean };

function textOf({ piece: { heading, lead, body, trust }, first }: Placed): string {
  const text = fenceUntrusted(body, trust);
  const gap = text === body ? '' : '\n';
  return `${first && heading !== '' ? `\n\n${heading}` : ''}\n${lead}${gap}${text}`;
}

const CUT = ' … cut; fetch shows all of it.';

function cut({ piece, first }: Placed, budget: number): Placed {
  const shortened = (tokens: number): Placed => ({
    piece: { ...piece, body: `${cutToTokens(piece.body, tokens)}${CUT}` },
    first,
  });
  let tokens = budget;
  let short = shortened(tokens);
  while (tokens > 0 && estimateTokens(textOf(short)) > budget) {
    tokens = Math.floor(tokens * 0.9);
    short = shortened(tokens);
  }
  return short;
}

function countOf(pieces: readonly Piece[]): Omitted {
  const count = (kind: Piece['kind']) => pieces.filter(piece => piece.kind === kind).length;
  return { medallions: count('medallions'), memories: count('memories'), runs: count('runs') };
}

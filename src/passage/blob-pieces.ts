import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { type Packed, textOf, unpackBytes } from '../text/packed.js';
import type { Piece } from './piece.js';

/** What the body of a blob says. */
export type BlobText = Packed & { readonly name: string; readonly kind: string; readonly outline: string };

/** A part of a text has at most so many lines and estimated tokens; a longer line is parts of its own. */
const LINES = 100;
const TOKENS = 800;
/** Characters that are more tokens than that in any text. */
const LONG = 8 * TOKENS;
/** What lies beyond so many parts, at most 400,000 tokens, is found by its outline only. */
const PARTS = 500;

/** A blob is found by its name and outline, and by its text in parts, each with the lines it stands on. */
export function blobPieces(blob: BlobText): readonly Piece[] {
  const { name, outline } = blob;
  const text = blob.kind === 'binary' ? undefined : textOf(unpackBytes(blob));
  const parts = text === undefined ? [] : linesInParts(text);
  return [
    { text: `${name}\n${outline}`, trust: 'tool' },
    ...parts.map(part => ({ ...part, trust: 'tool', title: name }) as const),
  ];
}

type Part = { readonly text: string; readonly lines: readonly [number, number] };

/** Consecutive parts of a text, none of them empty, and of those at most `PARTS`. */
function linesInParts(text: string): Part[] {
  const parts: Part[] = [];
  let held: string[] = [];
  let tokens = 0;
  const flush = (last: number) => {
    if (held.some(line => line.trim() !== ''))
      parts.push({ text: held.join('\n'), lines: [last - held.length + 1, last] });
    [held, tokens] = [[], 0];
  };
  let number = 0;
  for (const line of text.split('\n')) {
    const cost = line.length > LONG ? TOKENS + 1 : estimateTokens(line) + 1;
    if (held.length === LINES || tokens + cost > TOKENS) flush(number);
    if (parts.length >= PARTS) return parts;
    number += 1;
    if (cost > TOKENS) parts.push(...cutLine(line, number, PARTS - parts.length));
    else {
      held.push(line);
      tokens += cost;
    }
  }
  if (parts.length < PARTS) flush(number);
  return parts;
}

function cutLine(line: string, number: number, most: number): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < line.length && parts.length < most; ) {
    const text = cutToTokens(line.slice(at, at + LONG), TOKENS);
    parts.push({ text, lines: [number, number] });
    at += text.length;
  }
  return parts;
}

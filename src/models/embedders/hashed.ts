import { isPaired } from '../../text/paired.js';

const GRAM = 3;
const MOST_GRAMS = 24;
/** Of a pair of CJK characters: what each character adds, so that words that share one lie near. */
const CHARACTER = 0.5;
/** Kana that is only grammar, and the commonest Han characters that are. */
const GRAMMAR = /^[\p{Script=Hiragana}的了是在吗呢么什哪谁怎我你他她们這这那和]+$/u;
const GRAMMAR_WEIGHT = 0.25;

/**
 * Adds a direction made of a token's pieces: character trigrams of a word with its ends marked, or a pair of CJK
 * characters and each of them. Texts that share pieces share direction (Bojanowski et al. 2017, without the learning).
 */
export function addHashed(sum: Float64Array, token: string, weight: number): void {
  const pieces = isPaired(token) ? pairPieces(token) : wordPieces(token);
  let squares = 0;
  for (const piece of pieces) squares += piece.weight ** 2;
  for (const piece of pieces)
    addDirection(sum, piece.text, (weight * piece.weight) / Math.sqrt(squares * sum.length));
}

type Piece = { readonly text: string; readonly weight: number };

function wordPieces(word: string): Piece[] {
  const marked = `<${word}>`;
  const pieces: Piece[] = [{ text: marked, weight: 1 }];
  for (let at = 0; at + GRAM <= marked.length && pieces.length < MOST_GRAMS; at += 1)
    pieces.push({ text: marked.slice(at, at + GRAM), weight: 1 });
  return pieces;
}

function pairPieces(pair: string): Piece[] {
  const characters = [...pair];
  const pieces = [{ text: pair, weight: 1 }];
  if (characters.length > 1)
    for (const character of characters) pieces.push({ text: character, weight: CHARACTER });
  return pieces.map(({ text, weight }) => ({
    text,
    weight: GRAMMAR.test(text) ? weight * GRAMMAR_WEIGHT : weight,
  }));
}

/** ±amount along every axis, by 32 bits of a hash at a time: any two pieces are near to orthogonal. */
function addDirection(sum: Float64Array, piece: string, amount: number): void {
  let bits = hash(piece);
  for (let at = 0; at < sum.length; at += 1) {
    if (at % 32 === 0) bits = mix(bits + at);
    sum[at] = (sum[at] ?? 0) + ((bits >>> (at % 32)) & 1 ? amount : -amount);
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** The finaliser of MurmurHash3. */
function mix(seed: number): number {
  let value = seed + 0x9e3779b9;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

import { analyse, isStopWord, queryTerms, spans, stem } from './analyse.js';

/**
 * The passage of `text`, at most `maxCharacters` UTF-16 units with its ellipses, that holds the most distinct terms of
 * a query: whole words where there are spaces, never half a character. The text itself is not altered; without a match
 * it is the beginning, and a text that fits is returned whole.
 */
export function snippet(text: string, terms: readonly string[], maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const room = maxCharacters - 2;
  if (room < 1) return '…'.slice(0, Math.max(0, maxCharacters));
  const wanted = wantedStems(terms);
  const best = wanted.size > 0 ? densest(text, wanted, room) : firstOf(text, terms);
  const { start, end } = widen(text, best, room);
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}

/** True where a text can be cut: not within a surrogate pair, nor before a combining mark or a joined emoji. */
export function isBoundary(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  const code = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  if (code < 0x300 && before < 0x300) return true;
  if (isLow(code) && isHigh(before)) return false;
  return before !== ZERO_WIDTH_JOINER && !EXTENDS.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

type Span = { readonly start: number; readonly end: number };
type Match = Span & { readonly stem: string };

const ZERO_WIDTH_JOINER = 0x200d;
const EXTENDS = /[\p{M}\p{Emoji_Modifier}\u200c\u200d]/u;
const WHITE = /\s/;
/** How far a cut moves to spare a word. */
const LONGEST_WORD = 40;

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00;
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000;

/** Stop words count only when there is nothing else to look for. */
function wantedStems(terms: readonly string[]): ReadonlySet<string> {
  const all = queryTerms(terms.join(' '));
  const telling = all.filter(term => !isStopWord(term));
  return new Set((telling.length > 0 ? telling : all).map(stem));
}

/** Where the first of some signs stands that are no words. */
function firstOf(text: string, signs: readonly string[]): Span {
  const sign = signs.find(one => one !== '' && text.includes(one)) ?? '';
  const start = text.indexOf(sign);
  return { start, end: start + sign.length };
}

/** The first and narrowest stretch of at most `room` units that holds the most of the wanted stems. */
function densest(text: string, wanted: ReadonlySet<string>, room: number): Span {
  const window: Match[] = [];
  const counts = new Map<string, number>();
  let left = 0;
  let best: Span = { start: 0, end: 0 };
  let most = 0;
  for (const match of matches(text, wanted)) {
    window.push(match);
    counts.set(match.stem, (counts.get(match.stem) ?? 0) + 1);
    for (let first = window[left]; first; first = window[left]) {
      const times = counts.get(first.stem) ?? 0;
      if (first === match || (times === 1 && match.end - first.start <= room)) break;
      if (times === 1) counts.delete(first.stem);
      else counts.set(first.stem, times - 1);
      left += 1;
    }
    if (counts.size <= most) continue;
    most = counts.size;
    best = { start: window[left]?.start ?? match.start, end: match.end };
    if (most === wanted.size) break;
  }
  return best;
}

function* matches(text: string, wanted: ReadonlySet<string>): Generator<Match> {
  // A stem begins as its word does, and most words are not the one.
  const initials = new Set([...wanted].map(term => term.charCodeAt(0)));
  const lone = [...wanted].filter(term => term > '\u2000' && [...term].length === 1);
  for (const span of spans(text)) {
    for (const token of analyse(text.slice(span.start, span.end))) {
      const stemmed = initials.has(token.charCodeAt(0)) ? stem(token) : '';
      // One ideograph is a term that the pairs of a longer run only contain.
      const found = wanted.has(stemmed) ? stemmed : lone.find(char => token.includes(char));
      if (found) yield { ...span, stem: found };
    }
  }
}

/** Widens a stretch to `room` units, a third of them before it, and moves both ends inwards to where words end. */
function widen(text: string, { start, end }: Span, room: number): Span {
  const held = Math.min(end, start + room);
  const spare = room - (held - start);
  const from = Math.max(0, Math.min(start - Math.floor(spare / 3), text.length - room));
  const to = Math.min(text.length, from + room);
  return { start: startOfWord(text, from, start), end: endOfWord(text, to, held) };
}

function startOfWord(text: string, from: number, latest: number): number {
  for (let at = from; at <= latest && at < from + LONGEST_WORD; at += 1) {
    if (at === 0 || WHITE.test(text[at - 1] ?? '')) return at;
  }
  let at = from;
  while (!isBoundary(text, at)) at += 1;
  return at;
}

function endOfWord(text: string, to: number, earliest: number): number {
  for (let at = to; at >= earliest && at > to - LONGEST_WORD && at > 0; at -= 1) {
    if (at === text.length || WHITE.test(text[at] ?? '')) return at;
  }
  let at = to;
  while (!isBoundary(text, at)) at -= 1;
  return at;
}

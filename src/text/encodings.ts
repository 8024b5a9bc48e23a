import type { Encoding } from './models.js';
import type { CountTokens } from './tokens.js';

/**
 * Counts in one of tiktoken's encodings, special tokens as the plain text they are. Each is loaded on first use, once
 * a process. Time is linear in the text: tiktoken takes the square of the longest run without a boundary, minutes for
 * a megabyte of one letter, so runs of over 200 characters are counted in segments, for about one token in 64
 * characters of such a run too many.
 */
export function encodingCounter(encoding: Encoding): Promise<CountTokens> {
  const known = loaded.get(encoding) ?? load(encoding);
  loaded.set(encoding, known);
  return known;
}

/** Proven: a token stands for at least one byte of UTF-8, in either encoding. For where nothing may be loaded. */
export const tokensAtMost = (text: string): number => Buffer.byteLength(text);

const loaded = new Map<Encoding, Promise<CountTokens>>();

async function load(encoding: Encoding): Promise<CountTokens> {
  const { get_encoding } = await import('tiktoken');
  const encoder = get_encoding(encoding);
  const count = (text: string) => encoder.encode_ordinary(text).length;
  return text => (text.length < LONG || !UNBROKEN.test(text) ? count(text) : countApart(text, count));
}

const LONG = 200;
const SEGMENT = 64;

/** Runs that the encodings' own splitting leaves whole: of letters, of marks, of space, of line ends after a mark. */
const RUNS = String.raw`[\p{L}\p{M}]{200,}|[^\s\p{L}\p{N}]{200,}|\s{200,}|[\r\n/]{200,}`;
const UNBROKEN = new RegExp(RUNS, 'u');

function countApart(text: string, count: CountTokens): number {
  let total = 0;
  let at = 0;
  // The same segment again, as in a run of one character, is counted once.
  const known = new Map<string, number>();
  for (const run of text.matchAll(new RegExp(RUNS, 'gu'))) {
    total += count(text.slice(at, run.index));
    at = run.index + run[0].length;
    for (const segment of segments(run[0])) {
      const tokens = known.get(segment) ?? count(segment);
      known.set(segment, tokens);
      total += tokens;
    }
  }
  return total + count(text.slice(at));
}

function* segments(run: string): Generator<string> {
  for (let start = 0; start < run.length; ) {
    const end = start + SEGMENT;
    // Between the halves of a surrogate pair there is no text.
    const cut = /[\ud800-\udbff]/.test(run[end - 1] ?? '') ? end + 1 : end;
    yield run.slice(start, cut);
    start = cut;
  }
}

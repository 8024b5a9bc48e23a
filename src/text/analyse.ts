import { stemmer } from 'stemmer';
import { isPaired } from './paired.js';
import { STOP_WORDS } from './stop-words.js';

const MAX_TOKEN = 100;
const MAX_TERMS = 64;

/**
 * The index tokens of a text, in order, for stored text and for queries alike. A token holds only `a-z`, `0-9` and
 * characters outside ASCII, so that FTS5's `porter ascii` tokenizer never splits it; it has at most 100 UTF-16 units.
 *
 * - letters and digits, lower-cased; diacritics folded for Latin, Greek and Cyrillic only, and the full and half
 *   widths of East Asian type (`ＡＰＩ` is `api`);
 * - identifiers, paths, addresses and versions as their parts, then whole: `getUserById` is `get user by id
 *   getuserbyid`, `src/a_b.ts` is `src a b ts srcabts`, `python3` is `python 3 python3`; `c++` is `c cplusplus`; `don't` is `dont`, `it's` is `it`;
 * - Han, kana, Hangul, Thai, Lao, Khmer and Myanmar as overlapping pairs (a lone character stays single).
 *
 * Any string is legal, and the time is linear in its length.
 */
export function analyse(text: string): string[] {
  const cased = fold(text);
  const lower = cased.toLowerCase().replaceAll('ς', 'σ');
  const scan: Scan = { cased, lower, tokens: [] };
  let at = 0;
  while (at < cased.length) {
    const kind = kindAt(cased, at);
    if (kind === PAIRED) at = pushPairs(scan, at);
    else if (kind >= LETTER) at = pushCompound(scan, at);
    else at += 1;
  }
  return scan.tokens;
}

/** The distinct tokens of a query in order, at most 64. */
export function queryTerms(query: string): string[] {
  return [...new Set(analyse(query))].slice(0, MAX_TERMS);
}

/** True for an analysed token that says nothing about the subject of an English question. */
export function isStopWord(token: string): boolean {
  return STOP_WORDS.has(token);
}

/** The Porter stem FTS5 indexes for an analysed token: it stems 3 to 64 bytes and leaves the rest alone. */
export function stem(token: string): string {
  const known = stems.get(token);
  if (known !== undefined) return known;
  const stemmed = STEMMED.test(token) ? stemmer(token) : token;
  if (stems.size >= REMEMBERED_STEMS) stems.clear();
  stems.set(token, stemmed);
  return stemmed;
}

/** Texts repeat their words, and the rules cost more than a look-up. */
const stems = new Map<string, string>();
const REMEMBERED_STEMS = 10_000;

/**
 * Where in a text, as it is, the things lie that `analyse` makes tokens of: compounds, and pairs of the paired scripts
 * (which overlap). Offsets are UTF-16 units.
 */
export function* spans(text: string): Generator<{ readonly start: number; readonly end: number }> {
  let at = 0;
  let paired = false;
  while (at < text.length) {
    const start = at;
    const kind = kindAt(text, start);
    at += widthAt(text, start);
    if (kind === PAIRED && kindAt(text, at) === PAIRED) yield { start, end: at + widthAt(text, at) };
    else if (kind === PAIRED && !paired) yield { start, end: at };
    else if (kind >= LETTER) {
      at = compoundEnd(text, start);
      yield { start, end: at };
    }
    paired = kind === PAIRED;
  }
}

const STEMMED = /^[a-z0-9]{3,64}$/;

// What a UTF-16 unit is. MARK continues a word and never starts one; from LETTER on, a unit starts a word.
const BREAK = 1;
const PAIRED = 2;
const MARK = 3;
const LETTER = 4;
const DIGIT = 5;
const LOWER = 6;
const UPPER = 7;

function classify(char: string): number {
  if (!/[\p{L}\p{N}\p{M}\p{Co}]/u.test(char)) return BREAK;
  if (isPaired(char)) return PAIRED;
  if (/\p{Ll}/u.test(char)) return LOWER;
  if (/[\p{Lu}\p{Lt}]/u.test(char)) return UPPER;
  if (/\p{N}/u.test(char)) return DIGIT;
  return /\p{M}/u.test(char) ? MARK : LETTER;
}

/** Kinds of the basic plane, filled in as characters are met; 0 is not met yet. */
const kinds = new Uint8Array(0x10000);

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const known = kinds[code];
  if (known) return known;
  if (at >= text.length) return BREAK;
  // The second half of a pair goes on with what the first began.
  if (code >= 0xdc00 && code <= 0xdfff) return MARK;
  const kind = classify(String.fromCodePoint(text.codePointAt(at) ?? 0));
  if (code < 0xd800 || code > 0xdfff) kinds[code] = kind;
  return kind;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** All but what `fold` leaves alone: ASCII, ordinary punctuation, kana, Han, Hangul and wide punctuation. */
const FOLDABLE =
  /[^\p{ASCII}\x80-\xac\xae-\xbf\u2010-\u205f\u20a0-\u20cf\u2190-\u22ff\u2500-\u257f\u3000-\u3029\u3030-\u3098\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/u;
const LONE_SURROGATE = /\p{Cs}/gu;
/** Letters and digits of another width (UAX 11), and the Latin ligatures of old fonts. */
const WIDTHS = /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc\ufb00-\ufb06]{1,9999}/g;
const INVISIBLE = /\xad|\u20e3|\u200d|\u2060|\ufeff|\p{Variation_Selector}/gu;
/** Bounded, because a longer match overflows the stack; what is left of the longest text is short enough. */
const PILED_MARKS = /(\p{M}{30})\p{M}{1,9999}/gu;
const MARKED = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu;
const UNDECOMPOSED = /[ßẞøØłŁđĐħĦıæÆœŒ]/g;
const SPELT: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ı: 'i', æ: 'ae', œ: 'oe' },
  ...{ ẞ: 'SS', Ø: 'O', Ł: 'L', Đ: 'D', Ħ: 'H', Æ: 'AE', Œ: 'OE' },
};

/**
 * Well-formed NFC without diacritics and with its case, such that lower-casing changes no length. Piled-up marks are
 * cut first (as UAX 15 advises): `normalize` sorts them in quadratic time, 10 s for 200,000.
 */
function fold(text: string): string {
  if (!FOLDABLE.test(text)) return text;
  return text
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(WIDTHS, run => run.normalize('NFKC'))
    .replace(INVISIBLE, '')
    .replace(PILED_MARKS, '$1')
    .normalize('NFD')
    .replace(MARKED, '$1')
    .normalize('NFC')
    .replace(UNDECOMPOSED, letter => SPELT[letter] ?? letter);
}

type Scan = { readonly cased: string; readonly lower: string; readonly tokens: string[] };

function pushPairs({ lower, tokens }: Scan, start: number): number {
  let before = start;
  let at = start + widthAt(lower, start);
  if (kindAt(lower, at) !== PAIRED) tokens.push(lower.slice(start, at));
  while (kindAt(lower, at) === PAIRED) {
    const end = at + widthAt(lower, at);
    tokens.push(lower.slice(before, end));
    before = at;
    at = end;
  }
  return at;
}

function pushCompound(scan: Scan, first: number): number {
  let whole = '';
  let words = 0;
  let start = first;
  let end: number;
  do {
    end = wordEnd(scan.cased, start);
    const suffix = suffixAt(scan.lower, end);
    const word = pushWord(scan, start, end, suffix);
    if (whole.length <= MAX_TOKEN) whole += word;
    words += 1;
    end += suffix.length;
    start = nextWord(scan.cased, end);
  } while (start > end);
  // Without its v, so that "v1.2.3" and "1.2.3" find each other.
  if (words > 1 && whole.length <= MAX_TOKEN) scan.tokens.push(whole.replace(/^v(?=\d)/, ''));
  return end;
}

function pushWord({ cased, lower, tokens }: Scan, start: number, end: number, suffix: string): string {
  let part = start;
  // Nobody names a thing with 100 characters: base64 and its like stay in one piece.
  for (let at = start + 1; at < end && end - start <= MAX_TOKEN; at += 1) {
    if (!startsPart(cased, start, at, end)) continue;
    tokens.push(lower.slice(part, at));
    part = at;
  }
  if (part > start) tokens.push(lower.slice(part, end));
  const glued = suffix.endsWith('t') ? 't' : '';
  const word = cut(lower.slice(start, end) + glued);
  tokens.push(word);
  if (suffix === '++') tokens.push(cut(`${word}plusplus`));
  if (suffix === '#' && end - start === 1) tokens.push(`${word}sharp`);
  return word;
}

/**
 * At a hump (`userId`), the last capital of a run (`HTTPServer`, but not `PDFs`), the digits of `v2`, and the number at
 * the end of a name (`python3`, but not `E1107` or `5G`).
 */
function startsPart(cased: string, start: number, at: number, end: number): boolean {
  const kind = kindAt(cased, at);
  if (kind === DIGIT)
    return at === start + 1
      ? cased[start] === 'v' || cased[start] === 'V'
      : isNumbered(cased, at, { start, end });
  if (kind !== UPPER) return false;
  const before = kindAt(cased, at - 1);
  if (before === LOWER) return true;
  if (before !== UPPER && before !== DIGIT) return false;
  return kindAt(cased, at + 1) === LOWER && !(at + 2 === end && cased[at + 1] === 's');
}

const NAMED = 3;

function isNumbered(cased: string, at: number, { start, end }: { start: number; end: number }): boolean {
  if (at - start < NAMED || kindAt(cased, at - 1) === DIGIT) return false;
  for (let before = at - NAMED; before < at; before += 1) if (kindAt(cased, before) === DIGIT) return false;
  for (let after = at + 1; after < end; after += 1) if (kindAt(cased, after) !== DIGIT) return false;
  return true;
}

/** At most 100 units, never half a pair. */
function cut(token: string): string {
  if (token.length <= MAX_TOKEN) return token;
  return token.slice(0, widthAt(token, MAX_TOKEN - 1) === 2 ? MAX_TOKEN - 1 : MAX_TOKEN);
}

function compoundEnd(text: string, first: number): number {
  let start = first;
  let end: number;
  do {
    end = wordEnd(text, start);
    end += suffixAt(text, end).length;
    start = nextWord(text, end);
  } while (start > end);
  return end;
}

function wordEnd(text: string, start: number): number {
  let at = start + 1;
  while (kindAt(text, at) >= MARK) at += 1;
  return at;
}

const SUFFIX = /['’](?:s|t|re|ve|ll|d|m)(?![\p{L}\p{N}\p{M}])|\+\+|#(?![\p{L}\p{N}\p{M}])/iuy;

/** The `'s` or `'t` after a word, the `++` or `#` of a language's name, or nothing. */
function suffixAt(text: string, at: number): string {
  const code = text.charCodeAt(at);
  if (code !== 0x27 && code !== 0x2019 && code !== 0x2b && code !== 0x23) return '';
  SUFFIX.lastIndex = at;
  return SUFFIX.exec(text)?.[0] ?? '';
}

const CONNECTORS = '_-.@:/\\';
const STRONG_CONNECTORS = '_:/\\';

/** The start of the next word of a compound: one connector on, or up to four such as `::`, `://` and `/../`; or `end`. */
function nextWord(text: string, end: number): number {
  let at = end;
  let strong = false;
  while (at < end + 4 && CONNECTORS.includes(text[at] ?? ' ')) {
    strong ||= STRONG_CONNECTORS.includes(text[at] ?? ' ');
    at += 1;
  }
  return at > end && (strong || at === end + 1) && kindAt(text, at) >= LETTER ? at : end;
}

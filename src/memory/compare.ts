import { analyse, isStopWord, stem } from '../text/analyse.js';
import { subjects } from './subjects.js';

/** The distinct stems of analysed tokens that say something. */
export const termSet = (tokens: readonly string[]): ReadonlySet<string> =>
  new Set(tokens.filter(token => !isStopWord(token)).map(stem));

export type Overlap = {
  /** Shared terms over all terms (Jaccard), 0 to 1. */
  readonly similarity: number;
  /** Shared terms over those of the longer text, 0 to 1: how much of the one statement is the other. */
  readonly agreement: number;
};

/** How much two sets of terms have in common; nothing has nothing in common with anything. */
export function overlap(left: ReadonlySet<string>, right: ReadonlySet<string>): Overlap {
  let shared = 0;
  for (const term of left) if (right.has(term)) shared += 1;
  return sharing(shared, left.size, right.size);
}

/** Distinct terms as numbers, which take little room and are compared fast. Two of many millions have the same. */
export type Marks = readonly number[];

export const marksOf = (terms: ReadonlySet<string>): Marks => Array.from(terms, markOf);

/** The `overlap` of terms by their marks: what it rejects is not worth a look at the terms. */
export function markOverlap(left: ReadonlySet<number>, right: Marks): Overlap {
  let shared = 0;
  for (const mark of right) if (left.has(mark)) shared += 1;
  return sharing(shared, left.size, right.length);
}

function sharing(shared: number, left: number, right: number): Overlap {
  if (shared === 0) return { similarity: 0, agreement: 0 };
  return { similarity: shared / (left + right - shared), agreement: shared / Math.max(left, right) };
}

/** FNV-1a, cut to what V8 keeps without an object of its own. */
export function markOf(term: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < term.length; at += 1) hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 2)) & 0x3fffffff;
}

/** What two statements about the same thing may contradict each other in. */
export type Claims = {
  /** Which of many it is about, where it says so. */
  readonly subjects: ReadonlySet<string>;
  readonly negated: boolean;
  readonly numbers: ReadonlySet<string>;
  /** In one case, so that "Postgres" and "POSTGRES" agree; question words and articles are no names. */
  readonly names: ReadonlySet<string>;
};

export function claims(statement: string): Claims {
  const text = statement.normalize('NFC');
  const names = [...new Set(text.match(NAME))].map(name => name.toLowerCase());
  return {
    subjects: subjects(text),
    negated: (text.match(NEGATION)?.length ?? 0) % 2 === 1,
    numbers: new Set(text.match(NUMBER)),
    names: new Set(names.filter(name => !isStopWord(analyse(name)[0] ?? ''))),
  };
}

/**
 * Why two statements cannot both hold, or undefined: they differ in a number or date, in a capitalised value, or one of
 * them negates; but not where each is about a thing of its own. Meant for texts whose `agreement` is high already.
 */
export function difference(left: Claims, right: Claims): string | undefined {
  if (areApart(left.subjects, right.subjects)) return undefined;
  if (left.negated !== right.negated) return 'one of them negates';
  return clash('number or date', left.numbers, right.numbers) ?? clash('name', left.names, right.names);
}

/** What stays of a text when case, white space and closing punctuation are ignored. */
export const normalisedText = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[.!?;,\s]{1,50}$/u, '');

const NUMBER = /\p{N}[\p{L}\p{N}]*(?:[.,:/-][\p{L}\p{N}]+)*/gu;
const NAME = /\p{Lu}[\p{L}\p{N}_]*/gu;
const NEGATION = /\b(?:not|no|never|none|cannot|without|stop|stopped|avoid)\b|n['’]t\b/giu;

const areApart = (left: ReadonlySet<string>, right: ReadonlySet<string>): boolean =>
  left.size > 0 && right.size > 0 && ![...left].some(subject => right.has(subject));

function clash(what: string, left: ReadonlySet<string>, right: ReadonlySet<string>): string | undefined {
  const onlyLeft = [...left].filter(value => !right.has(value));
  const onlyRight = [...right].filter(value => !left.has(value));
  if (onlyLeft.length === 0 || onlyRight.length === 0) return undefined;
  return `${what}: ${onlyLeft.slice(0, 3).join(', ')} against ${onlyRight.slice(0, 3).join(', ')}`;
}

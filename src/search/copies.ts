import { stem } from '../text/analyse.js';
import type { Showing, Shown } from './hit.js';

/** A hit with what it says, see `keyed`. */
export type Keyed<T> = T & { readonly key: string };

/** A hit that stands for others which say the same, and how many of what was found end with it and them. */
export type Distinct<T> = T & { readonly through: number };

/**
 * Memories that say the same and have the same status get the same key. Other nouns say what they say at their place in a
 * conversation or file, so each has its own; and whoever asks for ids wants every one.
 */
export const keyed = <T extends { readonly shown: Shown }>(
  found: readonly T[],
  detail: Showing['detail'] | undefined,
): Keyed<T>[] =>
  found.map(one => {
    const { uri, kind, text, fields } = one.shown;
    const alone = kind !== 'memory' || detail === 'ids';
    return { ...one, key: alone ? uri : `${fields.status ?? ''} ${sayingOf(text)}` };
  });

/** Of each key the first hit, in the order found; the URIs of the others stand in its `also`. */
export function distinct<T extends { readonly shown: Shown }>(found: readonly Keyed<T>[]): Distinct<T>[] {
  const groups = new Map<string, { readonly first: T; readonly at: number; readonly also: string[] }>();
  for (const [at, one] of found.entries()) {
    const known = groups.get(one.key);
    if (known) known.also.push(one.shown.uri);
    else groups.set(one.key, { first: one, at, also: [] });
  }
  return [...groups.values()].map(({ first, also }, index, all) => ({
    ...first,
    ...(also.length > 0 && { shown: { ...first.shown, fields: { ...first.shown.fields, also } } }),
    through: all[index + 1]?.at ?? found.length,
  }));
}

/**
 * What two texts share that differ in case, white space, endings of words, articles and punctuation around words. Not in
 * a number, a name, a sign or a negation, which is another statement.
 */
export function sayingOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/u)
    .map(word => word.replace(AROUND, ''))
    .filter(word => word !== '' && !ARTICLES.has(word))
    .map(stem)
    .join(' ');
}

const AROUND = /^[("'“‘«¿¡]+|[)"'”’».,;:!?…]+$/gu;
const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'the']);

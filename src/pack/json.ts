import type * as z from 'zod';
import { canonicalJson } from '../text/hash.js';
import { badPack } from './bad-pack.js';

/** Deeper than anything that is stored; recursion over it stays far from the end of the stack. */
const MAX_DEPTH = 600;

/** The text of a file. Throws `invalid` when it is not UTF-8. */
export function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw badPack(`${name} is not UTF-8`, error);
  }
}

/** A JSON value. Throws `invalid` when it is none, or nested so deep that it was made to do harm. */
export function parseJson(text: string, name: string): unknown {
  if (depthOf(text) > MAX_DEPTH) throw badPack(`${name} is nested deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badPack(`${name} is not JSON`, error);
  }
}

/** Each line's value, with its name for a refusal. */
export const parseLines = (
  text: string,
  name: string,
): { readonly value: unknown; readonly where: string }[] =>
  text.split('\n').flatMap((line, index) => {
    const where = `${name} line ${index + 1}`;
    return line === '' ? [] : { value: parseJson(line, where), where };
  });

/** The value as the schema's type. Throws `invalid` with the first places that do not fit. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw badPack(`${where} does not fit its schema (${problems.join('; ')})`);
}

/** The same, and nothing in the value is unknown to the schema, so that it can be written again as it was. */
export function parsedExactly<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.output<Schema> {
  const known = parsed(schema, value, where);
  if (canonicalJson(known) !== canonicalJson(value)) throw badPack(`${where} has fields that nobody knows`);
  return known;
}

/** Counts brackets outside of texts, one character after the other: a pattern would need a stack of its own. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter === '\\') at += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '[' || letter === '{') deepest = Math.max(deepest, ++depth);
    else if (letter === ']' || letter === '}') depth -= 1;
  }
  return deepest;
}

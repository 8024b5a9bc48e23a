import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** SHA-256 of UTF-8 text, 64 lower-case hex characters. */
export const sha256 = (text: string): string => hash('sha256', text);

/** The same of bytes. */
export const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes);

/** RFC 8785 (JCS) text of a JSON value: the same value always gives the same bytes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form.');
  return text;
}

/**
 * JSON with a line for each entry of the outermost array or object, in their order: it is read by lines at three
 * quarters of the tokens of an indented one.
 */
export function lined(value: object): string {
  if (Array.isArray(value)) return `[\n${value.map(entry => JSON.stringify(entry)).join(',\n')}\n]`;
  const entries = Object.entries(value).map(([key, entry]) => JSON.stringify({ [key]: entry }).slice(1, -1));
  return `{\n${entries.join(',\n')}\n}`;
}

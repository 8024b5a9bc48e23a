import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** SHA-256 of UTF-8 text, 64 lower-case hex characters. */
export const sha256 = (text: string): string => hash('sha256', text);

/** RFC 8785 (JCS) text of a JSON value: the same value always gives the same bytes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form.');
  return text;
}

/** JSON text indented by 2; RFC 8785 text keeps its order of keys. */
export const indented = (text: string): string => JSON.stringify(JSON.parse(text), null, 2);

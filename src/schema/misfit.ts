import type * as z from 'zod';
// Not as z.core, which would put every language of zod into the bundle: a fifth of it.
import { toDotPath } from 'zod/v4/core';

const SHOWN = 60;

/**
 * What does not fit a schema, one after the other: where (beginning with `within`), what was found and what was
 * expected. Found values are named only where the value was parsed with `reportInput`.
 */
export const misfits = (error: z.ZodError, within = ''): string[] =>
  error.issues.map(({ path, message, input }) => {
    const inner = toDotPath(path);
    const place = [within, inner].filter(Boolean).join(inner.startsWith('[') ? '' : '.') || 'the whole';
    // Messages of our own say already what was found.
    if (!/^[A-Z][\w ]*: expected /.test(message)) return `${place}: ${message}`;
    const expected = message.slice(message.indexOf('expected ')).replace(/, received \S+$/, '');
    return `${place}: ${input === undefined ? 'is missing' : `found ${shown(input)}`}, ${expected}`;
  });

function shown(input: unknown): string {
  const text = JSON.stringify(input) ?? typeof input;
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

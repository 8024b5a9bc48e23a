import { EngineError } from '../errors.js';

/** Where in a file something is wrong. */
export type Place = { readonly path: string; readonly place: string };

export const WHOLE = 'the whole file';

/** Throws `invalid`, which shows what is no JSON, or where it is wrong in a whole file. */
export function parse(text: string, at: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = at.place === WHOLE && error instanceof Error ? error.message : text;
    throw malformed(at, { found, expected: 'JSON' });
  }
}

const SHOWN = 80;

/** What stands at a place and what was expected there. */
export const malformed = (
  { path, place }: Place,
  { found, expected }: { readonly found: string; readonly expected: string },
): EngineError =>
  new EngineError(
    'invalid',
    `Nothing was measured: ${path}, ${place}: found ${found.length > SHOWN ? `${found.slice(0, SHOWN)}…` : found}; expected ${expected}.`,
    'Correct that place and run it again.',
  );

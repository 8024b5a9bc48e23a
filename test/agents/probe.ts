import type { Script } from './scripted-model.js';

/** Every line names how many characters were before it, so that what is missing can be told. */
export const ruler = (length: number): string =>
  Array.from({ length: Math.ceil(length / 100) }, (_, line) => `[${line * 100}]`.padEnd(99, '.')).join('\n');

export const PARTS = ['IN-TEXT', 'IN-STRUCTURE', 'IN-LINK', 'IN-EMBEDDED'] as const;

const LENGTHS = [20_000, 60_000, 120_000, 400_000];

/** Asks for each kind of result once. */
export function* probe(): Script {
  yield { server: 'probe', tool: 'parts', args: {} };
  yield { server: 'probe', tool: 'fails', args: {} };
  for (const length of LENGTHS) yield { server: 'probe', tool: 'long', args: { length } };
  return 'DONE';
}

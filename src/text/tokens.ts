import { encodingCounter } from './encodings.js';

/** How many tokens of o200k_base a text has; special tokens count as the plain text they are. */
export type CountTokens = (text: string) => number;

/** Loads the encoding on first use (most of a second, once a process), so that start-up does not pay for it. */
export const tokenCounter = (): Promise<CountTokens> => {
  counter ??= encodingCounter('o200k_base').then(remembered);
  return counter;
};

export const countTokens = async (text: string): Promise<number> => (await tokenCounter())(text);

let counter: Promise<CountTokens> | undefined;

/** Characters of the texts whose counts are kept. */
const REMEMBERED = 1_000_000;

/** What does not change between two calls is counted once; the longest unused is forgotten first. */
function remembered(count: CountTokens): CountTokens {
  const known = new Map<string, number>();
  let characters = 0;
  return text => {
    const tokens = known.get(text) ?? count(text);
    if (known.delete(text)) characters -= text.length;
    known.set(text, tokens);
    characters += text.length;
    for (const oldest of known.keys()) {
      if (characters <= REMEMBERED) break;
      known.delete(oldest);
      characters -= oldest.length;
    }
    return tokens;
  };
}

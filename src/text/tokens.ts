/** How many tokens of o200k_base a text has; special tokens count as the plain text they are. */
export type CountTokens = (text: string) => number;

/** Loads the encoding on first use (most of a second, once a process), so that start-up does not pay for it. */
export const tokenCounter = (): Promise<CountTokens> => {
  counter ??= load();
  return counter;
};

export const countTokens = async (text: string): Promise<number> => (await tokenCounter())(text);

let counter: Promise<CountTokens> | undefined;

async function load(): Promise<CountTokens> {
  const { get_encoding } = await import('tiktoken');
  const encoder = get_encoding('o200k_base');
  return remembered(text => encoder.encode_ordinary(text).length);
}

const REMEMBERED = 2000;

/** What does not change between two calls is counted once; the longest unused is forgotten first. */
function remembered(count: CountTokens): CountTokens {
  const known = new Map<string, number>();
  return text => {
    const tokens = known.get(text) ?? count(text);
    known.delete(text);
    known.set(text, tokens);
    const [oldest] = known.size > REMEMBERED ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return tokens;
  };
}

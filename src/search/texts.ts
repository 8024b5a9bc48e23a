import { numberedPassages } from '../passage/numbered.js';
import { memoryTexts } from '../store/memories.js';
import type { Reader } from '../store/store.js';
import type { Claim } from '../store/vector-claims.js';
import { cut } from '../text/shorten.js';

/** Characters of a text that are embedded: models read no more than their window, and the gist stands at the start. */
const LONGEST = 8000;

/** What the rows of a claim say, by number, without those that are gone. */
export async function textsOf(reader: Reader, { family, rows }: Claim): Promise<Map<number, string>> {
  const numbers = rows.map(({ number }) => number);
  const texts =
    family === 'memory' ? await memoryTexts(reader, numbers) : await passageTexts(reader, numbers);
  return new Map([...texts].map(([number, text]) => [number, cut(text, LONGEST)]));
}

async function passageTexts(reader: Reader, numbers: readonly number[]): Promise<Map<number, string>> {
  const wanted = new Set(numbers);
  const last = numbers.at(-1) ?? 0;
  const texts = new Map<number, string>();
  for (let after = (numbers[0] ?? 0) - 1; after < last; ) {
    const page = await numberedPassages(reader, { after, limit: numbers.length });
    for (const { number, text } of page) if (wanted.has(number)) texts.set(number, text);
    after = page.at(-1)?.number ?? last;
  }
  return texts;
}

/** Statements as a project's memory holds them: names, identifiers and numbers over a skewed vocabulary. Seeded. */
export type Statement = {
  readonly text: string;
  readonly rare: string;
  readonly three: string;
  readonly question: string;
};

const SYLLABLES =
  'ba co di fe gu ha ki lo mu ne pa qui ro sa te vu wi xa yo zer tan mol bri str ent ick'.split(' ');
const AREAS =
  'billing search login export upload cache scheduler gateway mobile report invoice webhook'.split(' ');

const TEMPLATES: readonly ((
  area: string,
  words: readonly string[],
  rare: string,
) => { text: string; question: string })[] = [
  (area, [a, b, c, d, e], rare) => ({
    text: `The ${area} service keeps its ${a} in ${rare} because ${b} and ${c} were too slow under ${d}; ${e} reads it once a day.`,
    question: `Where does the ${area} service keep its ${a}, and why was it not ${b}? Is it ${rare}?`,
  }),
  (area, [a, b, c, d, e], rare) => ({
    text: `We decided to replace ${a} by ${rare} in ${area}: the ${b} team owns the ${c}, and ${d} has to be told before ${e}.`,
    question: `What did we decide about ${a} in ${area} that concerns ${rare} and the ${b} team?`,
  }),
  (area, [a, b, c, d, e], rare) => ({
    text: `When ${area} fails with ${rare}, look at ${a} first, then at the ${b} of ${c}. It was ${d} the last time, after a change to ${e}.`,
    question: `How do I find out why ${area} fails with ${rare} and what has ${a} to do with it?`,
  }),
];

/** The same `count` statements for the same seed. Each has one word of its own. */
export function statements(count: number, seed: number): Statement[] {
  const random = generator(seed);
  const vocabulary = Array.from({ length: 4000 }, (_, index) => word(index, random));
  const skewed = zipf(vocabulary, random);
  return Array.from({ length: count }, (_, index) => {
    const words = Array.from({ length: 5 }, skewed);
    const rare = `${word(index, random)}${letters(index)}`;
    const area = AREAS[Math.floor(random() * AREAS.length)] ?? '';
    const { text, question } = (TEMPLATES[index % TEMPLATES.length] ?? fail)(area, words, rare);
    return { text, question, rare, three: `${area} ${words[0]} ${rare}` };
  });
}

/** Digits would make every second statement contradict another. */
const letters = (index: number): string =>
  [...String(index)].map(digit => 'qwrtzpsdfg'[Number(digit)]).join('');

function fail(): never {
  throw new Error('there are no templates');
}

const word = (index: number, random: () => number): string =>
  Array.from({ length: 2 + (index % 3) }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('');

/** Draws with weight 1 / rank, as words do in texts. */
function zipf(vocabulary: readonly string[], random: () => number): () => string {
  let sum = 0;
  const cumulative = vocabulary.map((_, rank) => {
    sum += 1 / (rank + 1);
    return sum;
  });
  return () => {
    const at = random() * sum;
    return vocabulary[cumulative.findIndex(edge => edge >= at)] ?? '';
  };
}

/** mulberry32, public domain, Tommy Ettinger. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

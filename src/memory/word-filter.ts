import { markOf } from './compare.js';

/** Two bytes a word: of words that are not there one in a hundred passes. */
const BITS_A_WORD = 16;
/** How many of them stand for one. */
const BITS = 3;
const SPREAD = 0x9e3779b1;

/** Knows of nearly every word that is not among some words that it is not (Bloom, 1970). Takes no word back. */
export class WordFilter {
  readonly #bits: Uint32Array;
  readonly #shift: number;
  #room: number;

  /** For as many words as are given and as many again. */
  constructor(words: readonly string[]) {
    this.#room = Math.max(1024, words.length * 2);
    const exponent = Math.ceil(Math.log2(this.#room * BITS_A_WORD));
    this.#bits = new Uint32Array(2 ** (exponent - 5));
    this.#shift = 32 - exponent;
    for (const word of words) this.add(word);
  }

  /** Whether more words came than it was made for. */
  get full(): boolean {
    return this.#room < 0;
  }

  add(word: string): void {
    if (this.mayHold(word)) return;
    this.#room -= 1;
    let place = markOf(word);
    for (let bits = 0; bits < BITS; bits += 1) {
      place = spread(place);
      const bit = place >>> this.#shift;
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHold(word: string): boolean {
    let place = markOf(word);
    for (let bits = 0; bits < BITS; bits += 1) {
      place = spread(place);
      const bit = place >>> this.#shift;
      if (!(((this.#bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1)) return false;
    }
    return true;
  }
}

const spread = (place: number): number => Math.imul(place ^ (place >>> 15), SPREAD);

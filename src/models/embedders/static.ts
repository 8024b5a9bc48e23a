import { analyse, isStopWord } from '../../text/analyse.js';
import { isPaired } from '../../text/paired.js';
import type { Embedder } from '../embedder.js';
import { addHashed } from './hashed.js';
import { loadTable, STATIC, type Table } from './static-table.js';

const DIMS = 100;

/** What the whole of an identifier adds beside its parts: it tells `getUserById` from other talk of users and ids. */
const WHOLE = 0.25;
const LONGEST_COMPOUND = 8;

/**
 * The default embedder: word vectors shipped with the package, no download, no key. A text is the sum of its words'
 * vectors, each weighed by how rare the word is when the table was built (smooth inverse frequency, Arora et al. 2017);
 * unknown words and pairs of CJK characters are made of hashed pieces, so that what is spelt alike lies close.
 */
export function staticEmbedder(): Embedder {
  return {
    name: STATIC,
    dims: DIMS,
    async embed(texts, { signal }) {
      signal?.throwIfAborted();
      table ??= loadTable(DIMS);
      const loaded = table;
      return texts.map(text => embedText(text, loaded));
    },
  };
}

/** One for the process: 6 MB are read once however many namespaces are open. */
let table: Table | undefined;

/** A vector of length 1, or zero for a text without a word. */
function embedText(text: string, { rowOf, rows, scales }: Table): Float32Array {
  const tokens = analyse(text);
  const subject = tokens.filter(token => !isStopWord(token));
  const used = subject.length > 0 ? subject : tokens;
  const sum = new Float64Array(DIMS);
  for (const [at, token] of used.entries()) {
    const row = isPaired(token) ? undefined : knownRow(token, rowOf);
    if (row === undefined) addHashed(sum, token, isCompound(used, at) ? WHOLE : 1);
    else addRow(sum, rows, { row, scale: scales[row] ?? 0 });
  }
  return unit(sum);
}

function addRow(sum: Float64Array, rows: Int8Array, { row, scale }: { row: number; scale: number }): void {
  const start = row * DIMS;
  for (let at = 0; at < DIMS; at += 1) sum[at] = (sum[at] ?? 0) + scale * (rows[start + at] ?? 0);
}

function unit(sum: Float64Array): Float32Array {
  let squares = 0;
  for (const value of sum) squares += value * value;
  const length = Math.sqrt(squares);
  const vector = new Float32Array(DIMS);
  if (length > 0) for (let at = 0; at < DIMS; at += 1) vector[at] = (sum[at] ?? 0) / length;
  return vector;
}

const ENDINGS: readonly (readonly [string, string])[] = [
  ['s', ''],
  ['es', ''],
  ['ies', 'y'],
  ['ed', ''],
  ['ed', 'e'],
  ['ing', ''],
  ['ing', 'e'],
  ['er', ''],
  ['er', 'e'],
  ['ly', ''],
];

/** The word's own row, else that of the word it is a form of. */
function knownRow(word: string, rowOf: ReadonlyMap<string, number>): number | undefined {
  const own = rowOf.get(word);
  if (own !== undefined) return own;
  for (const [ending, instead] of ENDINGS) {
    if (!word.endsWith(ending) || word.length - ending.length < 3) continue;
    const row = rowOf.get(word.slice(0, -ending.length) + instead);
    if (row !== undefined) return row;
  }
  return undefined;
}

/** True where a token is the tokens before it written together, as `analyse` puts an identifier after its parts. */
function isCompound(tokens: readonly string[], at: number): boolean {
  const whole = tokens[at] ?? '';
  let rest = whole.length;
  for (let before = at - 1; before >= Math.max(0, at - LONGEST_COMPOUND) && rest > 0; before -= 1) {
    const part = tokens[before] ?? '';
    if (!whole.startsWith(part, rest - part.length)) return false;
    rest -= part.length;
  }
  return rest === 0 && at > 0 && tokens[at - 1] !== whole;
}

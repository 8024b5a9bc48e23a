import type { Reader } from '../store/store.js';
import { lastVectorId, type VectorSet, vectorsAfter } from '../store/vectors.js';

/** Vectors a block; blocks are never copied as the cache grows. */
const BLOCK = 1024;
/** Rows read at once, which takes a few milliseconds. */
const PAGE = 2000;
const BINS = 4096;

type Block = { readonly ids: Float64Array; readonly values: Float32Array };

/**
 * Vectors of one set in memory, because comparing them there takes a fifth of the time SQLite takes to hand them out
 * (docs/decisions/0017). It only proposes: what it proposes is looked up in the database, which knows what was purged.
 */
export class VectorCache {
  readonly #dims: number;
  /** Numbers from one vector to the next: a multiple of four. */
  readonly #stride: number;
  readonly #blocks: Block[] = [];
  #count = 0;
  #lastId = 0;
  /** Whether all there was at the last look has been read. */
  complete = false;

  constructor(dims: number) {
    this.#dims = dims;
    this.#stride = Math.ceil(dims / 4) * 4;
  }

  get bytes(): number {
    return this.#blocks.length * BLOCK * (this.#stride * 4 + 8);
  }

  get count(): number {
    return this.#count;
  }

  /** Reads one page of what was added since the last look. */
  async advance(reader: Reader, set: VectorSet): Promise<void> {
    const rows = await vectorsAfter(reader, set, { after: this.#lastId, limit: PAGE });
    for (const { id, vector } of rows) this.#add(id, vector);
    this.complete = rows.length < PAGE;
    // Vectors of other models need not be passed over again.
    if (this.complete) this.#lastId = await lastVectorId(reader);
  }

  /** Ids of the `limit` nearest and of what is as near to within a rounding, in no order. */
  nearest(vector: Float32Array, limit: number): number[] {
    const scores = this.#scores(vector);
    const floor = lowestBin(scores, limit);
    const ids: number[] = [];
    for (let at = 0; at < this.#count; at++)
      if (binOf(scores[at] ?? 0) >= floor)
        ids.push(this.#blocks[Math.floor(at / BLOCK)]?.ids[at % BLOCK] ?? 0);
    return ids;
  }

  #add(id: number, vector: Uint8Array): void {
    this.#lastId = id;
    // A row of another length was altered; there is nothing to compare, and doctor reports it.
    if (vector.byteLength !== this.#dims * 4) return;
    const at = this.#count % BLOCK;
    const block = this.#blocks[Math.floor(this.#count / BLOCK)] ?? this.#grow();
    block.ids[at] = id;
    new Uint8Array(block.values.buffer).set(vector, at * this.#stride * 4);
    this.#count += 1;
  }

  #grow(): Block {
    const block = { ids: new Float64Array(BLOCK), values: new Float32Array(BLOCK * this.#stride) };
    this.#blocks.push(block);
    return block;
  }

  /** Four sums at a time: a processor adds to one only when the addition before is done. */
  #scores(vector: Float32Array): Float32Array {
    const stride = this.#stride;
    const query = new Float32Array(stride);
    query.set(vector);
    const scores = new Float32Array(this.#count);
    for (const [index, { values }] of this.#blocks.entries()) {
      const rows = Math.min(BLOCK, this.#count - index * BLOCK);
      for (let row = 0, at = 0; row < rows; row++, at += stride) {
        let [a, b, c, d] = [0, 0, 0, 0];
        for (let dim = 0; dim < stride; dim += 4) {
          a += (values[at + dim] ?? 0) * (query[dim] ?? 0);
          b += (values[at + dim + 1] ?? 0) * (query[dim + 1] ?? 0);
          c += (values[at + dim + 2] ?? 0) * (query[dim + 2] ?? 0);
          d += (values[at + dim + 3] ?? 0) * (query[dim + 3] ?? 0);
        }
        scores[index * BLOCK + row] = a + b + c + d;
      }
    }
    return scores;
  }
}

/** The lowest of the bins, best first, that hold `limit` scores together: sorting 100,000 takes as long as comparing them. */
function lowestBin(scores: Float32Array, limit: number): number {
  const counts = new Uint32Array(BINS + 1);
  for (const score of scores) {
    const bin = binOf(score);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  let bin = BINS;
  for (let left = limit - (counts[bin] ?? 0); left > 0 && bin > 0; left -= counts[bin] ?? 0) bin -= 1;
  return bin;
}

const binOf = (cosine: number): number => Math.max(0, Math.min(BINS, Math.floor(((cosine + 1) / 2) * BINS)));

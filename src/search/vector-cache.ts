import type { Reader } from '../store/store.js';
import { lastVectorId, type VectorSet, vectorsAfter } from '../store/vectors.js';

/** Vectors a block; blocks are never copied as the cache grows. */
const BLOCK = 1024;
/** Rows read at once, which takes a few milliseconds. */
const PAGE = 2000;
const BINS = 4096;

/** How near all vectors that were there are to one; until another is compared. */
export type Compared = {
  readonly count: number;
  /** Ids of the `limit` nearest and of what is as near to within a rounding, in no order. */
  nearest(limit: number): number[];
  /** Undefined for an id that was not there. */
  cosine(id: number): number | undefined;
};

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
  #version: number | undefined;
  /** Of the last comparison. As long as the cache, so that new ones for each would be most of a search's garbage. */
  #scores = new Float32Array(0);
  #bins = new Uint16Array(0);
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

  /** Reads one page of what was added since the last look, if anything was. */
  async advance(reader: Reader, set: VectorSet): Promise<void> {
    const version = reader.version();
    if (this.complete && version === this.#version) return;
    this.#version = version;
    const rows = await vectorsAfter(reader, set, { after: this.#lastId, limit: PAGE });
    for (const { id, vector } of rows) this.#add(id, vector);
    this.complete = rows.length < PAGE;
    // Vectors of other models need not be passed over again.
    if (this.complete) this.#lastId = await lastVectorId(reader);
  }

  /** Compares every vector with one. */
  compare(vector: Float32Array): Compared {
    this.#score(vector);
    const scores = this.#scores.subarray(0, this.#count);
    const bins = this.#bins.subarray(0, this.#count);
    sortInto(bins, scores);
    return {
      count: this.#count,
      nearest: limit => this.#idsFrom(lowestBin(bins, limit), bins),
      cosine: id => scores[this.#placeOf(id)],
    };
  }

  #idsFrom(floor: number, bins: Uint16Array): number[] {
    const ids: number[] = [];
    for (let at = 0; at < bins.length; at++) if ((bins[at] ?? 0) >= floor) ids.push(this.#idAt(at));
    return ids;
  }

  #idAt(at: number): number {
    return this.#blocks[Math.floor(at / BLOCK)]?.ids[at % BLOCK] ?? 0;
  }

  /** Ids were added in their order. -1 for one that is not there. */
  #placeOf(id: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#idAt(middle) < id) low = middle + 1;
      else high = middle;
    }
    return this.#count > 0 && this.#idAt(low) === id ? low : -1;
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
  #score(vector: Float32Array): void {
    const stride = this.#stride;
    const query = new Float32Array(stride);
    query.set(vector);
    if (this.#scores.length < this.#count) {
      this.#scores = new Float32Array(this.#blocks.length * BLOCK);
      this.#bins = new Uint16Array(this.#blocks.length * BLOCK);
    }
    const scores = this.#scores;
    for (const [index, { values }] of this.#blocks.entries()) {
      const rows = Math.min(BLOCK, this.#count - index * BLOCK);
      for (let row = 0, at = 0; row < rows; row++, at += stride) {
        let a = 0;
        let b = 0;
        let c = 0;
        let d = 0;
        for (let dim = 0; dim < stride; dim += 4) {
          a += (values[at + dim] ?? 0) * (query[dim] ?? 0);
          b += (values[at + dim + 1] ?? 0) * (query[dim + 1] ?? 0);
          c += (values[at + dim + 2] ?? 0) * (query[dim + 2] ?? 0);
          d += (values[at + dim + 3] ?? 0) * (query[dim + 3] ?? 0);
        }
        scores[index * BLOCK + row] = a + b + c + d;
      }
    }
  }
}

function sortInto(bins: Uint16Array, scores: Float32Array): void {
  for (let at = 0; at < scores.length; at++) {
    const cosine = Math.max(-1, Math.min(1, scores[at] ?? 0));
    bins[at] = ((cosine + 1) / 2) * BINS;
  }
}

/** The lowest of the bins, best first, that hold `limit` rows together: sorting 100,000 takes as long as comparing them. */
function lowestBin(bins: Uint16Array, limit: number): number {
  const counts = new Uint32Array(BINS + 1);
  for (let at = 0; at < bins.length; at++) {
    const bin = bins[at] ?? 0;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  let bin = BINS;
  for (let left = limit - (counts[bin] ?? 0); left > 0 && bin > 0; left -= counts[bin] ?? 0) bin -= 1;
  return bin;
}

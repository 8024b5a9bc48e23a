import { DOT_PRODUCTS, type Kernel, ONE, openKernel, PAGE_BYTES, STEP_BYTES } from './kernel.js';

/** Rows whose upper halves lie side by side, and after them their lower halves. */
const BLOCK = 1024;
const LOWER = 65_536;
/** More than this WebAssembly cannot address. */
const ADDRESSABLE = 4_000_000_000;

/** The dot products of one vector with each row; until another is compared. */
export type Products = {
  /** Of all of them, to within `rounding`. */
  all(): Float32Array;
  /** Of one, to within `rounding`. */
  about(at: number): number;
  /** Of one, as exact as its 32-bit floats are. */
  exact(at: number): number;
};

/**
 * Vectors of length 1 in memory. Each number is kept in two halves of 16 bits: comparing all of them reads the upper ones
 * only, which takes half of the time that floats take, or a third where memory is waited for (docs/decisions/0037).
 */
export class VectorRows {
  /** By how much a product may be off that takes the upper halves alone. */
  readonly rounding: number;
  readonly #dims: number;
  /** How many fit. */
  readonly #most: number;
  readonly #rowBytes: number;
  readonly #floats: Float32Array;
  /** The vector to compare, then the product of each row, as many as fit, then the blocks. */
  #kernel: Kernel | undefined;
  #halves = new Int16Array(0);

  constructor(dims: number, bytes: number) {
    this.#dims = dims;
    this.rounding = Math.sqrt(dims) / ONE + 1e-6;
    this.#floats = new Float32Array(dims);
    this.#rowBytes = Math.ceil((dims * 2) / STEP_BYTES) * STEP_BYTES;
    const each = this.#rowBytes * 2 + Float32Array.BYTES_PER_ELEMENT;
    this.#most = Math.floor((Math.min(bytes, ADDRESSABLE) - this.#rowBytes) / each / BLOCK) * BLOCK;
  }

  /** Makes room for a block more than `rows`, and says for how many there is then. Throws RangeError where there is none. */
  grow(rows: number): number {
    const room = rows + BLOCK;
    if (room > this.#most) throw new RangeError('More than may be kept.');
    this.#kernel ??= openKernel(DOT_PRODUCTS);
    const { memory } = this.#kernel;
    const missing = this.#upper(room) - memory.buffer.byteLength;
    // Pages that nothing was written to take no memory.
    memory.grow(Math.max(0, Math.ceil(missing / PAGE_BYTES)));
    this.#halves = new Int16Array(memory.buffer);
    return room;
  }

  /** Writes a vector, given as the bytes of its 32-bit floats, where there is room. */
  write(at: number, vector: Uint8Array): void {
    new Uint8Array(this.#floats.buffer).set(vector);
    const upper = this.#upper(at) / 2;
    const lower = upper + this.#lower / 2;
    for (let dim = 0; dim < this.#dims; dim++) {
      const number = (this.#floats[dim] ?? 0) * ONE;
      const half = Math.round(number);
      this.#halves[upper + dim] = half;
      this.#halves[lower + dim] = Math.min(LOWER / 2 - 1, Math.round((number - half) * LOWER));
    }
  }

  /** Undefined where nothing was written. */
  compare(vector: Float32Array, count: number): Products | undefined {
    const kernel = this.#kernel;
    if (!kernel) return undefined;
    this.#halves.set(vector.map(number => Math.round(number * ONE)));
    const products = new Float32Array(kernel.memory.buffer, this.#rowBytes, count);
    const score = (from: number, to: number) => {
      const row = this.#upper(from);
      const end = row + (to - from) * this.#rowBytes;
      kernel.compare(0, row, end, this.#rowBytes, this.#rowBytes + from * 4);
    };
    let done = false;
    return {
      all: () => {
        for (let at = 0; at < count && !done; at += BLOCK) score(at, Math.min(at + BLOCK, count));
        done = true;
        return products;
      },
      about: at => {
        if (!done) score(at, at + 1);
        return products[at] ?? 0;
      },
      exact: at => this.#exact(at, vector),
    };
  }

  #exact(at: number, vector: Float32Array): number {
    const upper = this.#upper(at) / 2;
    const lower = upper + this.#lower / 2;
    let sum = 0;
    for (let dim = 0; dim < this.#dims; dim++) {
      const number = (this.#halves[upper + dim] ?? 0) + (this.#halves[lower + dim] ?? 0) / LOWER;
      sum += number * (vector[dim] ?? 0);
    }
    return sum / ONE;
  }

  #upper(at: number): number {
    const within = at % BLOCK;
    return this.#rowBytes * (1 + (at - within) * 2 + within) + this.#most * Float32Array.BYTES_PER_ELEMENT;
  }

  get #lower(): number {
    return BLOCK * this.#rowBytes;
  }
}

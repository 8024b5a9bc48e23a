import type { Reader } from '../store/store.js';
import { type HandedOut, lastVectorId, type VectorSet } from '../store/vectors.js';
import { Peaked } from './greatest.js';
import { VectorRows } from './vector-rows.js';

/** Rows read at once, which takes a few milliseconds. */
const PAGE = 2000;

/** How near the vectors that were there are to one; until another is compared. */
export type Compared = Near & {
  /** Undefined for an id that was not there. */
  cosine(id: number): number | undefined;
  /** The same of a row, as far as its number and id say. */
  cosineOf(row: Row): number | undefined;
  /** Those alone whose rows lie in one of some scopes. */
  within(scopes: readonly number[]): Near;
};

/** All of what was compared, or a part. */
export type Near = {
  readonly count: number;
  /** What the cosine of the nearest is at least, to within a rounding; about -1 where there is none. */
  best(): number;
  /** The `limit` nearest that are as near as `least`, and what is so to within a rounding, in the order they were added. */
  nearest(limit: number, least: number): Proposed[];
};

export type Row = { readonly number: number; readonly id: string };

/** A row as it was when its vector was read. Numbers of memories are given again after a purge, hence the mark of its id. */
export type Proposed = {
  /** The id of the vector. */
  readonly vector: number;
  readonly number: number;
  readonly mark: number;
  readonly cosine: number;
};

/** A row's id in 32 bits: FNV-1a. */
export function markOf(id: string): number {
  let mark = 2166136261;
  for (let at = 0; at < id.length; at++) mark = Math.imul(mark ^ id.charCodeAt(at), 16777619);
  return mark >>> 0;
}

type Looking = {
  /** Made when it is asked for. */
  readonly peaked: () => Peaked;
  readonly exact: (at: number) => number;
  readonly places?: readonly number[];
};

const NONE: Near = { count: 0, best: () => -1, nearest: () => [] };
const NOTHING: Compared = {
  ...NONE,
  cosine: () => undefined,
  cosineOf: () => undefined,
  within: () => NONE,
};

/**
 * Vectors of one set in memory, because comparing them there takes a fraction of the time SQLite takes to hand them out
 * (docs/decisions/0017). It only proposes: what it proposes is looked up in the database, which knows what was purged.
 */
export class VectorCache {
  readonly #bytes: number;
  readonly #rows: VectorRows;
  #ids = new Float64Array(0);
  #numbers = new Float64Array(0);
  #marks = new Uint32Array(0);
  readonly #placesOfNumbers = new Map<number, number>();
  /** Of each row the place of its scope among those that were met: a row never moves to another. */
  #scopes = new Uint32Array(0);
  readonly #scopePlaces = new Map<number, number>();
  #count = 0;
  #lastId = 0;
  #version: number | undefined;
  /** Whether all there was at the last look has been read. */
  complete = false;
  /** Whether there are more than may be kept. */
  full = false;

  constructor(dims: number, bytes: number) {
    this.#bytes = dims * Float32Array.BYTES_PER_ELEMENT;
    this.#rows = new VectorRows(dims, bytes);
  }

  get count(): number {
    return this.#count;
  }

  /** Reads one page of what was added since the last look, if anything was. */
  async advance(reader: Reader, set: VectorSet): Promise<void> {
    const version = reader.version();
    if (this.complete && version === this.#version) return;
    this.#version = version;
    const page = { after: this.#lastId, limit: PAGE };
    const rows = (await reader.dialect.vectors.handOut?.(reader, set, page)) ?? [];
    for (const row of rows) this.#add(row);
    this.complete = rows.length < PAGE && !this.full;
    // Vectors of other models need not be passed over again.
    if (this.complete) this.#lastId = await lastVectorId(reader);
  }

  /** Compares vectors with one: all of them, or those that are asked for when the nearest are not. */
  compare(vector: Float32Array): Compared {
    const products = this.#rows.compare(vector, this.#count);
    if (!products) return NOTHING;
    const exact = (at: number) => (at >= 0 ? products.exact(at) : undefined);
    const whole = () => new Peaked(products.all());
    return {
      ...this.#near(this.#count, { peaked: whole, exact: products.exact }),
      cosine: id => exact(this.#placeOf(id)),
      cosineOf: row => exact(this.#placeOfRow(row)),
      within: scopes => {
        const places = this.#placesIn(scopes);
        const peaked = () => new Peaked(Float32Array.from(places, products.about));
        return this.#near(places.length, { peaked, exact: products.exact, places });
      },
    };
  }

  /** Of all rows, or of those in some places. */
  #near(count: number, { peaked, exact, places }: Looking): Near {
    const { rounding } = this.#rows;
    let known: Peaked | undefined;
    const found = () => (known ??= peaked());
    return {
      count,
      best: () => found().highest() - rounding,
      nearest: (limit, least) =>
        found()
          .greatest(limit, { least, margin: 2 * rounding })
          .map(one => {
            const at = places ? (places[one] ?? 0) : one;
            return this.#proposed(at, exact(at));
          }),
    };
  }

  #proposed(at: number, cosine: number): Proposed {
    const [vector = 0, number = 0, mark = 0] = [this.#ids[at], this.#numbers[at], this.#marks[at]];
    return { vector, number, mark, cosine };
  }

  #placesIn(scopes: readonly number[]): number[] {
    const wanted = new Uint8Array(this.#scopePlaces.size);
    for (const scope of scopes) {
      const place = this.#scopePlaces.get(scope);
      if (place !== undefined) wanted[place] = 1;
    }
    const places: number[] = [];
    for (let at = 0; at < this.#count; at++) if (wanted[this.#scopes[at] ?? 0] === 1) places.push(at);
    return places;
  }

  /** Ids were added in their order. -1 for one that is not there. */
  #placeOf(id: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return this.#count > 0 && this.#ids[low] === id ? low : -1;
  }

  #placeOfRow({ number, id }: Row): number {
    const at = this.#placesOfNumbers.get(number) ?? -1;
    return this.#marks[at] === markOf(id) ? at : -1;
  }

  #add({ id, number, row, scope, vector }: HandedOut): void {
    this.#lastId = id;
    // A row of another length was altered; there is nothing to compare, and doctor reports it.
    if (vector.byteLength !== this.#bytes) return;
    if (this.#count === this.#ids.length) this.#grow();
    if (this.full) return;
    this.#ids[this.#count] = id;
    this.#numbers[this.#count] = number;
    this.#placesOfNumbers.set(number, this.#count);
    this.#marks[this.#count] = markOf(row);
    this.#scopes[this.#count] = this.#placeOfScope(scope);
    this.#rows.write(this.#count, vector);
    this.#count += 1;
  }

  #placeOfScope(scope: number): number {
    const known = this.#scopePlaces.get(scope) ?? this.#scopePlaces.size;
    this.#scopePlaces.set(scope, known);
    return known;
  }

  #grow(): void {
    try {
      const rows = this.#rows.grow(this.#count);
      this.#ids = grown(this.#ids, new Float64Array(rows));
      this.#numbers = grown(this.#numbers, new Float64Array(rows));
      this.#marks = grown(this.#marks, new Uint32Array(rows));
      this.#scopes = grown(this.#scopes, new Uint32Array(rows));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.full = true;
    }
  }
}

function grown<T extends Float64Array | Uint32Array>(before: T, after: T): T {
  after.set(before);
  return after;
}

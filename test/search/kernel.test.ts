import { expect, test } from 'vitest';
import { unit } from '../../src/models/unit.js';
import { DOT_PRODUCTS, ONE, openKernel, PAGE_BYTES, STEP_BYTES } from '../../src/search/kernel.js';
import { VectorRows } from '../../src/search/vector-rows.js';
import { randomFrom, seedOfRun } from '../support/mintmark.js';

const SEED = seedOfRun();
const random = randomFrom(SEED);

test(`dot products are the sums of products, whatever the length of a row (MINTMARK_SEED=${SEED})`, () => {
  const { memory, compare } = openKernel(DOT_PRODUCTS);
  const rowBytes = STEP_BYTES * (1 + Math.floor(random() * 40));
  const rows = 1 + Math.floor(random() * 300);
  memory.grow(Math.ceil(((rows + 2) * rowBytes + rows * 4) / PAGE_BYTES));
  const numbers = new Int16Array(memory.buffer);
  const each = rowBytes / 2;
  for (let at = 0; at < each * (rows + 1); at++) numbers[at] = Math.round((random() - 0.5) * 4000);
  const results = rowBytes * (rows + 1);
  compare(0, rowBytes, results, rowBytes, results);
  const products = new Float32Array(memory.buffer, results, rows + 1);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = 0; at < each; at++) sum += (numbers[at] ?? 0) * (numbers[each * (row + 1) + at] ?? 0);
    expect(products[row]).toBeCloseTo(sum / ONE ** 2, 6);
  }
  expect(products[rows]).toBe(0);
});

test('an address beyond the memory is refused, not read', () => {
  const { compare } = openKernel(DOT_PRODUCTS);
  expect(() => compare(0, PAGE_BYTES, PAGE_BYTES * 2, STEP_BYTES, 0)).toThrow(/out of bounds/);
});

test.each([1, 20, 100, 1536])(
  `products of vectors of %i dimensions are right to within the rounding they name, or exact (MINTMARK_SEED=${SEED})`,
  dims => {
    const rows = new VectorRows(dims, 64_000_000);
    const vectors = Array.from({ length: 1500 }, (_, at) => (at % 7 === 0 ? oneOf(dims) : vectorOf(dims)));
    for (const [at, vector] of vectors.entries()) {
      if (at % 1024 === 0) rows.grow(at);
      rows.write(at, new Uint8Array(vector.buffer));
    }
    const asked = vectors[3] ?? oneOf(dims);
    const truth = vectors.map(vector =>
      vector.reduce((sum, value, dim) => sum + value * (asked[dim] ?? 0), 0),
    );
    const one = rows.compare(asked, vectors.length);
    const all = rows.compare(asked, vectors.length);
    for (const [at, product] of truth.entries()) {
      expect(Math.abs((one?.about(at) ?? 9) - product)).toBeLessThan(rows.rounding);
      expect(Math.abs((all?.exact(at) ?? 9) - product)).toBeLessThan(1e-7);
    }
    const off = [...(all?.all() ?? [])].map((product, at) => Math.abs(product - (truth[at] ?? 9)));
    expect(Math.max(...off)).toBeLessThan(rows.rounding);
    expect(off).toHaveLength(vectors.length);
  },
);

const vectorOf = (dims: number): Float32Array =>
  unit(
    Float32Array.from({ length: dims }, () => random() - 0.5),
    dims,
  ) ?? oneOf(dims);

/** All of it in one number: the greatest there is. */
const oneOf = (dims: number): Float32Array => new Float32Array(dims).fill(random() < 0.5 ? 1 : -1, 0, 1);

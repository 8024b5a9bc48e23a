import type { Database } from 'better-sqlite3';
import { openKernel, PAGE_BYTES } from '../src/search/kernel.js';
import { BITS_BYTES } from './floor-words.js';

/** How many bits of 384 differ; parameters: 0 vector, 1 row, 2 end, 3 rowBytes, 4 results. */
const DIFFERENCES = `
  01  01 7b                                       | local v128 5 sum
  03 40                                           | loop over rows
  20 00  fd 00 04 00  20 01  fd 00 04 00          |   vector[0..15], row[0..15]
  fd 51  fd 62                                    |   the bits that differ, counted
  20 00  fd 00 04 10  20 01  fd 00 04 10          |   [16..31]
  fd 51  fd 62  fd 6e                             |   added
  20 00  fd 00 04 20  20 01  fd 00 04 20          |   [32..47]
  fd 51  fd 62  fd 6e                             |   added
  fd 7d  fd 7f  21 05                             |   sum of each four bytes
  20 04  20 05  fd 1b 00  20 05  fd 1b 01  6a     |   store at results: its lanes 0 + 1
  20 05  fd 1b 02  6a  20 05  fd 1b 03  6a        |     + 2 + 3
  36 02 00                                        |
  20 04  41 04  6a  21 04                         |   results += 4
  20 01  20 03  6a  22 01                         |   row += rowBytes
  20 02  49  0d 00  0b                            | while row < end
  0b                                              | end`;

/** Rows that results are kept for; the bench stores no more. */
const MOST = 262_144;
const RESULTS = 64;
const ROWS = RESULTS + MOST * 4;
const GROWTH = 1024;
const FARTHEST = BITS_BYTES * 8;

type Stored = { readonly id: number; readonly bits: Buffer; readonly scope: string };

/** The bits of every vector in memory, kept up with the file. */
export function openCodes(db: Database) {
  const { memory, compare } = openKernel(DIFFERENCES);
  const version = db.prepare<[], number>('pragma data_version').pluck();
  const after = db.prepare<[number], Stored>(
    'select v.id, v.bits, m.scope from vector v join memory m on m.id = v.id where v.id > ? order by v.id',
  );
  const ids: number[] = [];
  /** Places of the rows of each scope, and of all. */
  const places = new Map<string | undefined, number[]>([[undefined, []]]);
  let seen: number | undefined;

  const refresh = () => {
    const now = version.get();
    if (now === seen) return;
    seen = now;
    for (const { id, bits, scope } of after.all(ids.at(-1) ?? 0)) {
      const at = ROWS + ids.length * BITS_BYTES;
      if (at + BITS_BYTES > memory.buffer.byteLength)
        memory.grow(Math.ceil((at + GROWTH * BITS_BYTES - memory.buffer.byteLength) / PAGE_BYTES));
      new Uint8Array(memory.buffer).set(bits, at);
      ids.push(id);
      for (const key of [scope, undefined]) {
        const known = places.get(key) ?? [];
        places.set(key, known);
        known.push(ids.length - 1);
      }
    }
  };

  return {
    /** This process has written. */
    changed() {
      seen = undefined;
    },
    /** Ids of the rows, of a scope where one is given, that differ least. */
    nearest(bits: Buffer, limit: number, scope: string | undefined): number[] {
      refresh();
      if (ids.length === 0) return [];
      new Uint8Array(memory.buffer).set(bits, 0);
      compare(0, ROWS, ROWS + ids.length * BITS_BYTES, BITS_BYTES, RESULTS);
      const differences = new Uint32Array(memory.buffer, RESULTS, ids.length);
      const among = places.get(scope) ?? [];
      const most = mostOf(differences, among, limit);
      return among
        .filter(at => (differences[at] ?? 0) <= most)
        .slice(0, limit)
        .map(at => ids[at] ?? 0);
    },
  };
}

/** By how much those differ at most that differ least. */
function mostOf(differences: Uint32Array, places: readonly number[], limit: number): number {
  const counts = new Uint32Array(FARTHEST + 1);
  for (const at of places) {
    const count = differences[at] ?? 0;
    counts[count] = (counts[count] ?? 0) + 1;
  }
  let most = 0;
  for (let left = limit - (counts[0] ?? 0); left > 0 && most < FARTHEST; left -= counts[most] ?? 0) most += 1;
  return most;
}

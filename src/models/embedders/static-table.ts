import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../errors.js';

/** The name of the embedder: changes with the table and with what is made of it. Vectors of two names are never compared. */
export const STATIC = 'static-2';

/** Word vectors: row `r` of `rows` times `scales[r]` is the vector of the word that `rowOf` maps to `r`. */
export type Table = {
  readonly dims: number;
  readonly rowOf: ReadonlyMap<string, number>;
  readonly scales: Float32Array;
  readonly rows: Int8Array;
};

const FILE = join('static-vectors', 'words.bin');
const MAGIC = 'MMV1';
const HEADER = 12;

/** Reads the table the package ships. Throws `damaged` where it is missing, cut short or of other dimensions. */
export function loadTable(dims: number): Table {
  const path = find(dirname(fileURLToPath(import.meta.url)));
  const table = path === undefined ? undefined : decode(readFileSync(path));
  if (table?.dims === dims) return table;
  throw new EngineError(
    'damaged',
    `${path ?? FILE} is missing or is no table of ${dims} dimensions.`,
    'Install mintmark anew, or choose another embedder.',
  );
}

/** Sources, library and bundled command lie at different depths below the package. */
function find(folder: string): string | undefined {
  const path = join(folder, FILE);
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? undefined : find(dirname(folder));
}

/**
 * `MMV1`, then little-endian: rows and dimensions as 32-bit integers, a 32-bit float for each row, the rows as signed
 * bytes, and the words in order of row, UTF-8, one a line.
 */
export function encode(words: readonly string[], { dims, scales, rows }: Omit<Table, 'rowOf'>): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(words.length, 4);
  header.writeUInt32LE(dims, 8);
  const factors = Buffer.alloc(scales.length * 4);
  for (const [row, scale] of scales.entries()) factors.writeFloatLE(scale, row * 4);
  return Buffer.concat([header, factors, Buffer.from(rows.buffer), Buffer.from(words.join('\n'))]);
}

export function decode(bytes: Buffer): Table | undefined {
  if (bytes.length < HEADER || bytes.toString('latin1', 0, 4) !== MAGIC) return undefined;
  const count = bytes.readUInt32LE(4);
  const dims = bytes.readUInt32LE(8);
  const start = HEADER + count * 4;
  const end = start + count * dims;
  const words = bytes.toString('utf8', end).split('\n');
  if (words.length !== count) return undefined;
  // Loops, since all else waits meanwhile: a list of pairs and a callback for each take twice as long.
  const rowOf = new Map<string, number>();
  for (let row = 0; row < count; row += 1) rowOf.set(words[row] ?? '', row);
  const factors = new DataView(bytes.buffer, bytes.byteOffset + HEADER, count * 4);
  const scales = new Float32Array(count);
  for (let row = 0; row < count; row += 1) scales[row] = factors.getFloat32(row * 4, true);
  return {
    dims,
    rowOf,
    scales,
    rows: new Int8Array(bytes.buffer, bytes.byteOffset + start, count * dims),
  };
}

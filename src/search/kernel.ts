/** A function in WebAssembly over a memory of its own. */
export type Kernel = {
  /** Its buffer is another one after `grow`, which throws RangeError where there is no more to be had. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Writes a 32-bit number for each row up to `end`: how it compares with a vector. All but `rowBytes` are addresses. */
  readonly compare: (vector: number, row: number, end: number, rowBytes: number, results: number) => void;
};

/** The rows and the vector of `DOT_PRODUCTS` are signed 16-bit numbers that fill steps of so many bytes. */
export const STEP_BYTES = 32;
/** What they are for 1. Of vectors of length 1 no sum overflows. */
export const ONE = 32_767;
export const PAGE_BYTES = 65_536;

/** Throws RangeError where no memory is to be had. */
export function openKernel(listing: string): Kernel {
  return new WebAssembly.Instance(new WebAssembly.Module(moduleOf(bytesOf(listing)))).exports;
}

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Kernel };
};

/**
 * Dot products as 32-bit floats, sixteen numbers at a time (docs/decisions/0037). The function as its bytes; parameters:
 * 0 vector, 1 row, 2 end, 3 rowBytes, 4 results.
 */
export const DOT_PRODUCTS = `
  02  02 7f  02 7b                       | local i32 5 at, 6 next; v128 7 and 8 sums
  03 40                                  | loop over rows
  20 00  21 05                           |   at = vector
  20 01  20 03  6a  21 06                |   next = row + rowBytes
  fd 0c ${'00 '.repeat(16)} 22 07  21 08 |   both sums = 0
  03 40                                  |   loop over steps
  20 07  20 01  fd 00 04 00              |     first sum + (row[0..7]
  20 05  fd 00 04 00  fd ba 01           |       × at[0..7], neighbours added)
  fd ae 01  21 07                        |     = first sum
  20 08  20 01  fd 00 04 10              |     second sum + (row[8..15]
  20 05  fd 00 04 10  fd ba 01           |       × at[8..15], neighbours added)
  fd ae 01  21 08                        |     = second sum
  20 05  41 20  6a  21 05                |     at += 32
  20 01  41 20  6a  22 01                |     row += 32
  20 06  49  0d 00  0b                   |   while row < next
  20 07  20 08  fd ae 01  21 07          |   first sum += second sum
  20 04  20 07  fd 1b 00                 |   store at results: its lanes 0
  20 07  fd 1b 01  6a                    |     + 1
  20 07  fd 1b 02  6a                    |     + 2
  20 07  fd 1b 03  6a                    |     + 3
  b2  43 00 02 80 30  94  38 02 00         |     as a float / ONE / ONE
  20 04  41 04  6a  21 04                |   results += 4
  20 01  20 02  49  0d 00  0b            | while row < end
  0b                                     | end`;

function bytesOf(listing: string): number[] {
  const lines = listing.trim().split('\n');
  return lines.flatMap(line =>
    [...(line.split('|')[0] ?? '').matchAll(/\w\w/g)].map(([byte]) => parseInt(byte, 16)),
  );
}

/** A module of one memory and one function: webassembly.github.io/spec/core/binary/modules.html. */
function moduleOf(code: readonly number[]): Uint8Array {
  const [i32, func] = [0x7f, 0x60];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, func, 5, i32, i32, i32, i32, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...named('memory'), 2, 0, ...named('compare'), 0, 0]),
    ...section(10, [1, ...sized(code)]),
  ]);
}

const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];

const named = (name: string): number[] => sized([...Buffer.from(name)]);

/** Its length, in groups of seven bits, goes before. */
const sized = (content: readonly number[]): number[] => [
  (content.length & 0x7f) | 0x80,
  content.length >> 7,
  ...content,
];

/** Hashed words in place of a model's vectors. */
const DIMENSIONS = 384;
export const BYTES = DIMENSIONS;
export const BITS_BYTES = DIMENSIONS / 8;

export function embed(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const word of meaningful(text))
    for (let round = 0; round < 4; round++) {
      const hash = fnv(`${word}#${round}`);
      const at = hash % DIMENSIONS;
      vector[at] = (vector[at] ?? 0) + (hash >>> 31 ? 1 : -1);
    }
  const length = Math.sqrt(vector.reduce((total, value) => total + value * value, 0)) || 1;
  return vector.map(value => value / length);
}

/** Signs, signed bytes and floats. */
export function quantised(vector: Float32Array): [Buffer, Buffer, Buffer] {
  const bits = Buffer.alloc(BITS_BYTES);
  const bytes = Buffer.alloc(DIMENSIONS);
  for (const [at, value] of vector.entries()) {
    if (value > 0) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
    bytes.writeInt8(Math.max(-127, Math.min(127, Math.round(value * 600))), at);
  }
  return [bits, bytes, Buffer.from(vector.buffer)];
}

function fnv(text: string): number {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hash >>> 0;
}

const STOP = new Set(
  'a an and are as at be by did do does for from has have how in is it of on or the to was we what when where which who why with'.split(
    ' ',
  ),
);

export const meaningful = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(word => !STOP.has(word));

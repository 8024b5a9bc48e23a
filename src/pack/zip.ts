import { sha256Of } from '../text/hash.js';

/** Files of a pack by name, in order. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Any time would do, as long as it is always the same: the first that a zip can say. Without a zone it is local. */
const ALWAYS = '1980-01-01T00:00:00';
const SEAL = 'mintmark-pack sha256=';
const LENGTH_OF_COMMENT = 2;

/**
 * A zip that is the same bytes for the same files on every machine, whatever the time. Its comment is a seal: the
 * SHA-256 of all bytes before it.
 */
export async function zip(files: Files): Promise<Uint8Array> {
  const { zipSync } = await import('fflate');
  const entries = [...files].map(([name, bytes]) => [name, bytes] as const);
  const plain = zipSync(Object.fromEntries(entries), {
    mtime: ALWAYS,
    level: 6,
    os: 3,
    attrs: 0o100600 << 16,
  });
  return seal(plain);
}

function seal(plain: Uint8Array): Uint8Array {
  const head = Buffer.from(plain);
  head.writeUInt16LE(SEAL.length + 64, head.length - LENGTH_OF_COMMENT);
  return Buffer.concat([head, Buffer.from(SEAL + sha256Of(head))]);
}

/** Whether the comment that ends the archive is the seal of the bytes before it. */
export const isSeal = (comment: string, before: Uint8Array): boolean => comment === SEAL + sha256Of(before);

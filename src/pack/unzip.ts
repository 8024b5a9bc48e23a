import { crc32, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import { codeOf } from '../errors.js';
import { badPack } from './bad-pack.js';
import { type CentralEntry, readCentral } from './central.js';
import type { Files } from './zip.js';

export type Limits = {
  /** Of the archive, and of all its files together once unpacked. */
  readonly maxBytes: number;
  readonly maxEntries: number;
};

/**
 * Unpacks an archive in memory. Everything its directory says is checked before the first byte is inflated, and no
 * file can become larger than it was said to be. Throws `invalid` or `too_large` and names the entry.
 */
export function unzip(archive: Buffer, limits: Limits): Files {
  const central = readCentral(archive, limits);
  demandTiled(archive, central);
  const files = central.entries.filter(({ isFolder }) => !isFolder);
  return new Map(files.map(entry => [entry.name, contentOf(archive, entry)]));
}

const LOCAL = 0x04034b50;
const DESCRIPTOR_SIZES = [12, 16];

/** Entries lie one after the other from the first byte to the directory: nothing overlaps, nothing is hidden. */
function demandTiled(
  archive: Buffer,
  { entries, start }: { readonly entries: readonly CentralEntry[]; readonly start: number },
): void {
  let at = 0;
  for (const entry of [...entries].sort((left, right) => left.offset - right.offset)) {
    const gap = entry.offset - at;
    if (gap !== 0)
      throw badPack(`"${entry.name}" begins at ${entry.offset}, and ${at} bytes are used before it`);
    at = dataStart(archive, entry) + entry.compressedSize;
    if (entry.streamed) at += descriptorSize(archive, entry, at);
  }
  if (at !== start) throw badPack(`${start - at} bytes before its directory belong to no file`);
}

/** What the entry's own header says must be what the directory says, so that every reader sees the same files. */
function dataStart(archive: Buffer, entry: CentralEntry): number {
  const { offset, name } = entry;
  if (offset + 30 > archive.length || archive.readUInt32LE(offset) !== LOCAL)
    throw badPack(`"${name}" has no header where the directory says`);
  const nameLength = archive.readUInt16LE(offset + 26);
  const extraLength = archive.readUInt16LE(offset + 28);
  const rawName = archive.subarray(offset + 30, offset + 30 + nameLength);
  const local = archive.subarray(offset + 4, offset + 26);
  // With a data descriptor, checksum and sizes stand behind the data, and zeros here.
  const same = entry.streamed
    ? local.subarray(0, 10).equals(entry.header.subarray(0, 10)) &&
      local.subarray(10).every(byte => byte === 0)
    : local.equals(entry.header);
  if (!same || !rawName.equals(entry.rawName))
    throw badPack(`the header of "${name}" differs from the directory`);
  return offset + 30 + nameLength + extraLength;
}

function descriptorSize(
  archive: Buffer,
  { name, crc, compressedSize, size }: CentralEntry,
  at: number,
): number {
  const expected = Buffer.alloc(12);
  expected.writeUInt32LE(crc, 0);
  expected.writeUInt32LE(compressedSize, 4);
  expected.writeUInt32LE(size, 8);
  const found = DESCRIPTOR_SIZES.find(length =>
    archive.subarray(at + length - 12, at + length).equals(expected),
  );
  if (found === undefined)
    throw badPack(`what stands behind the data of "${name}" differs from the directory`);
  return found;
}

function contentOf(archive: Buffer, entry: CentralEntry): Buffer {
  const from = dataStart(archive, entry);
  const packed = archive.subarray(from, from + entry.compressedSize);
  const content = entry.method === 'stored' ? Buffer.from(packed) : inflate(packed, entry);
  if (content.length !== entry.size)
    throw badPack(`"${entry.name}" has ${content.length} bytes, and the directory says ${entry.size}`);
  if (crc32(content) !== entry.crc) throw badPack(`the checksum of "${entry.name}" is wrong`);
  return content;
}

/** What `info: true` returns; its types do not know that. `bytesWritten` counts the input that was used. */
const Inflated = z.object({ buffer: z.instanceof(Buffer), engine: z.object({ bytesWritten: z.number() }) });

function inflate(packed: Buffer, { name, size }: CentralEntry): Buffer {
  try {
    const { buffer, engine } = Inflated.parse(
      inflateRawSync(packed, { info: true, maxOutputLength: Math.max(size, 1) }),
    );
    if (engine.bytesWritten === packed.length) return buffer;
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE')
      throw badPack(`"${name}" is larger than the ${size} bytes the directory says`);
    throw badPack(`"${name}" cannot be unpacked`, error);
  }
  throw badPack(`"${name}" has bytes behind its end`);
}

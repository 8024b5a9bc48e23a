import { badPack, tooLarge } from './bad-pack.js';
import { AOS_MANIFEST, duplicateName, nameProblem } from './names.js';
import type { Limits } from './unzip.js';
import { isSeal } from './zip.js';

/** What the central directory says of one file. */
export type CentralEntry = {
  readonly name: string;
  readonly rawName: Buffer;
  /** Version, flags, method, time, checksum and sizes as they stand: the file's own header repeats them. */
  readonly header: Buffer;
  readonly method: 'stored' | 'deflated';
  readonly isFolder: boolean;
  /** Checksum and sizes follow the data. */
  readonly streamed: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly offset: number;
};

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;

/** Bits of the flags (APPNOTE.TXT 4.4.4) that a plain file may have: compression level, data descriptor, UTF-8 name. */
const ALLOWED_FLAGS = 0x080e;
const STREAMED = 0x0008;
const UTF8 = 0x0800;
const ENCRYPTED = 0x0001;
/** Zip64, AES encryption, and a second name that some programs use instead of the first. */
const REFUSED_EXTRAS: readonly number[] = [0x0001, 0x9901, 0x7075];

/** Reads the directory at the end of an archive and checks all that can be known before anything is unpacked. */
export function readCentral(
  archive: Buffer,
  { maxBytes, maxEntries }: Limits,
): { readonly entries: readonly CentralEntry[]; readonly start: number } {
  demandSize(archive.length, maxBytes);
  const end = endOf(archive);
  const count = archive.readUInt16LE(end + 10);
  const start = archive.readUInt32LE(end + 16);
  const sameDisk = archive.readUInt32LE(end + 4) === 0 && archive.readUInt16LE(end + 8) === count;
  if (!sameDisk) throw badPack('it is one part of several');
  if (count > maxEntries) throw badPack(`it holds ${count} files, and ${maxEntries} are allowed`);
  if (start + archive.readUInt32LE(end + 12) !== end) throw badPack('it has bytes around its directory');
  const entries = entriesFrom(archive, { start, end, count });
  const folder = entries.find(({ isFolder }) => isFolder);
  // AoS zips folders as well: beside its manifest they may stand, empty, and are left out.
  if (folder && !entries.some(({ name }) => name === AOS_MANIFEST))
    throw badPack(`${JSON.stringify(folder.name)} is a directory`);
  demandSize(
    entries.reduce((sum, { size }) => sum + size, 0),
    maxBytes,
  );
  const twice = duplicateName(entries.map(({ name }) => name));
  if (twice !== undefined) throw badPack(`"${twice}" is there twice`);
  return { entries, start };
}

function demandSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw tooLarge('it', bytes, maxBytes);
}

/** The end record is the last thing in the file but for its comment, which is our seal or empty. */
function endOf(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_SIZE - 0xffff);
  for (let at = archive.length - END_SIZE; at >= first; at--) {
    if (archive.readUInt32LE(at) !== END) continue;
    const length = archive.readUInt16LE(at + 20);
    if (at + END_SIZE + length !== archive.length) continue;
    const comment = archive.toString('latin1', at + END_SIZE);
    if (comment !== '' && !isSeal(comment, archive.subarray(0, at + END_SIZE)))
      throw badPack('it was altered: its seal does not fit');
    return at;
  }
  throw badPack('it is no zip archive, was cut off, or something was added behind it');
}

function entriesFrom(
  archive: Buffer,
  { start, end, count }: { readonly start: number; readonly end: number; readonly count: number },
): CentralEntry[] {
  const entries: CentralEntry[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_SIZE > end || archive.readUInt32LE(at) !== ENTRY)
      throw badPack('its directory is damaged');
    const length =
      ENTRY_SIZE + [28, 30, 32].reduce((sum, field) => sum + archive.readUInt16LE(at + field), 0);
    if (at + length > end) throw badPack('its directory is damaged');
    entries.push(entryOf(archive.subarray(at, at + length)));
    at += length;
  }
  if (at !== end) throw badPack('its directory holds more than it says');
  return entries;
}

function entryOf(record: Buffer): CentralEntry {
  const nameLength = record.readUInt16LE(28);
  const rawName = record.subarray(ENTRY_SIZE, ENTRY_SIZE + nameLength);
  const flags = record.readUInt16LE(8);
  const name = nameOf(rawName, flags);
  const shown = JSON.stringify(name);
  const isFolder = name.endsWith('/') && record.readUInt32LE(24) === 0;
  const wrongName = nameProblem(isFolder ? name.slice(0, -1) : name);
  if (wrongName) throw badPack(`the name ${shown} ${wrongName}`);
  if (flags & ENCRYPTED) throw badPack(`${shown} is encrypted`);
  if (flags & ~ALLOWED_FLAGS) throw badPack(`${shown} has flags that no plain file has`);
  if (!isPlain(record.readUInt32LE(38), isFolder))
    throw badPack(`${shown} is a link, a directory or a device`);
  if (record.readUInt16LE(34) !== 0) throw badPack(`${shown} lies in another part of the archive`);
  const extras = record.subarray(ENTRY_SIZE + nameLength, ENTRY_SIZE + nameLength + record.readUInt16LE(30));
  if (!plainExtras(extras)) throw badPack(`${shown} has extra fields that no plain file has`);
  return {
    name,
    rawName,
    isFolder,
    header: record.subarray(6, 28),
    method: methodOf(record.readUInt16LE(10), shown),
    streamed: (flags & STREAMED) !== 0,
    crc: record.readUInt32LE(16),
    compressedSize: record.readUInt32LE(20),
    size: record.readUInt32LE(24),
    offset: record.readUInt32LE(42),
  };
}

/** Names are UTF-8; without the flag that says so only ASCII means the same to every program. */
function nameOf(raw: Buffer, flags: number): string {
  if (!(flags & UTF8) && raw.some(byte => byte >= 0x80))
    throw badPack('a name is neither ASCII nor marked as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch (error) {
    throw badPack('a name is not UTF-8', error);
  }
}

function methodOf(method: number, shown: string): CentralEntry['method'] {
  if (method === 0) return 'stored';
  if (method === 8) return 'deflated';
  throw badPack(`${shown} is compressed in a way that is not read here (${method})`);
}

/** The Unix mode stands in the upper half; the lower half holds the directory bit of DOS. */
function isPlain(attributes: number, isFolder: boolean): boolean {
  const type = (attributes >>> 16) & 0o170000;
  if (isFolder) return type === 0 || type === 0o040000;
  return (type === 0 || type === 0o100000) && (attributes & 0x10) === 0;
}

function plainExtras(extras: Buffer): boolean {
  for (let at = 0; at < extras.length; ) {
    if (at + 4 > extras.length || REFUSED_EXTRAS.includes(extras.readUInt16LE(at))) return false;
    at += 4 + extras.readUInt16LE(at + 2);
    if (at > extras.length) return false;
  }
  return true;
}

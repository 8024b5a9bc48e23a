import { crc32, deflateRawSync } from 'node:zlib';

/** One file of a hand-made archive; every field that a header holds can be made to lie. */
export type Entry = {
  readonly name: string | Buffer;
  readonly content: string | Buffer;
  readonly packed?: Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly attributes?: number;
  readonly extra?: Buffer;
  readonly offset?: number;
  /** The name in the file's own header, where it differs from the directory's. */
  readonly localName?: string;
  /** Checksum and sizes behind the data. */
  readonly streamed?: true;
};

const UTF8 = 0x0800;

/** A zip of these entries, without mintmark's seal; `before` and `after` are put around it. */
export function makeZip(
  entries: readonly Entry[],
  { before = '', after = '', count = entries.length } = {},
): Buffer {
  const parts: Buffer[] = [Buffer.from(before)];
  const directory: Buffer[] = [];
  let at = before.length;
  for (const entry of entries) {
    const made = makeEntry(entry, at);
    parts.push(made.local);
    directory.push(made.central);
    at += made.local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end, Buffer.from(after)]);
}

function makeEntry(entry: Entry, at: number): { local: Buffer; central: Buffer } {
  const content = Buffer.from(entry.content);
  const method = entry.method ?? 8;
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const name = Buffer.from(entry.name);
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32LE(entry.crc ?? crc32(content), 0);
  numbers.writeUInt32LE(entry.compressedSize ?? packed.length, 4);
  numbers.writeUInt32LE(entry.size ?? content.length, 8);
  const flags = (entry.flags ?? UTF8) | (entry.streamed ? 8 : 0);
  const plain = words([20, flags, method, 0, 0x21]);
  const local = Buffer.concat([
    longs([0x04034b50]),
    plain,
    entry.streamed ? Buffer.alloc(12) : numbers,
    words([Buffer.byteLength(entry.localName ?? name), 0]),
    Buffer.from(entry.localName ?? name),
    packed,
    entry.streamed ? Buffer.concat([longs([0x08074b50]), numbers]) : Buffer.alloc(0),
  ]);
  const extra = entry.extra ?? Buffer.alloc(0);
  const central = Buffer.concat([
    longs([0x02014b50]),
    words([0x0314]),
    plain,
    numbers,
    words([name.length, extra.length, 0, 0, 0]),
    longs([entry.attributes ?? 0, entry.offset ?? at]),
    name,
    extra,
  ]);
  return { local, central };
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function longs(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
}

const plainFile = { name: 'a.json', content: '{}' };
const zip64 = Buffer.from([1, 0, 4, 0, 0, 0, 0, 0]);
const otherName = Buffer.concat([Buffer.from([0x75, 0x70, 6, 0, 1, 0, 0, 0, 0]), Buffer.from('b')]);

/** Archives that must be refused, each with what the refusal says. */
export const hostileZips: readonly (readonly [kind: string, archive: Buffer, says: RegExp])[] = [
  ['a name that climbs out', makeZip([{ name: '../a', content: 'x' }]), /holds \. or \.\./],
  ['a name that climbs out later', makeZip([{ name: 'a/../../b', content: 'x' }]), /holds \. or \.\./],
  ['an absolute name', makeZip([{ name: '/etc/passwd', content: 'x' }]), /absolute/],
  ['a drive', makeZip([{ name: 'C:a', content: 'x' }]), /drive/],
  ['a backslash', makeZip([{ name: 'a\\b', content: 'x' }]), /backslash/],
  ['a NUL', makeZip([{ name: 'a\0.json', content: 'x' }]), /NUL/],
  ['a control character', makeZip([{ name: 'a\u0007', content: 'x' }]), /control/],
  ['a name that is not NFC', makeZip([{ name: 'e\u0301', content: 'x' }]), /NFC/],
  ['a name that is not UTF-8', makeZip([{ name: Buffer.from([0xff, 0xfe]), content: 'x' }]), /UTF-8/],
  ['a name in an old encoding', makeZip([{ name: Buffer.from([0x82]), content: 'x', flags: 0 }]), /ASCII/],
  ['an empty name', makeZip([{ name: '', content: 'x' }]), /empty/],
  ['a name of 400 letters', makeZip([{ name: 'a'.repeat(400), content: 'x' }]), /longer/],
  ['a directory by name', makeZip([{ name: 'a/', content: '' }]), /directory/],
  ['a directory by its DOS bit', makeZip([{ ...plainFile, attributes: 0x10 }]), /directory/],
  ['a symbolic link', makeZip([{ ...plainFile, attributes: (0o120777 << 16) >>> 0 }]), /link/],
  ['a device', makeZip([{ ...plainFile, attributes: (0o020666 << 16) >>> 0 }]), /device/],
  ['the same name twice', makeZip([plainFile, plainFile]), /twice/],
  ['the same name in capitals', makeZip([plainFile, { ...plainFile, name: 'A.JSON' }]), /twice/],
  ['an encrypted file', makeZip([{ ...plainFile, flags: 0x0801 }]), /encrypted/],
  ['a hidden header', makeZip([{ ...plainFile, flags: 0x2800 }]), /flags/],
  ['another compression', makeZip([{ ...plainFile, method: 14 }]), /compressed in a way/],
  ['zip64', makeZip([{ ...plainFile, extra: zip64 }]), /extra fields/],
  ['a second name', makeZip([{ ...plainFile, extra: otherName }]), /extra fields/],
  ['an extra field that is cut off', makeZip([{ ...plainFile, extra: Buffer.from([9, 9, 9, 9]) }]), /extra/],
  ['another name in the header', makeZip([{ ...plainFile, localName: 'b.json' }]), /differs/],
  ['a wrong checksum', makeZip([{ ...plainFile, crc: 7 }]), /checksum/],
  ['a size that is too small', makeZip([{ ...plainFile, content: 'x'.repeat(99), size: 5 }]), /larger/],
  ['a size that is too large', makeZip([{ ...plainFile, size: 50 }]), /the directory says 50/],
  ['a packed size that is too large', makeZip([{ ...plainFile, compressedSize: 500 }]), /belong to no file/],
  ['bytes behind a deflated end', withTail('{}'), /behind its end/],
  ['a broken deflate stream', makeZip([{ ...plainFile, packed: Buffer.from([7, 7, 7]) }]), /unpacked/],
  ['overlapping files', overlapping(), /begins at/],
  ['bytes before the first file', makeZip([plainFile], { before: '#!/bin/sh\n' }), /begins at/],
  ['bytes behind the end', makeZip([plainFile], { after: 'more' }), /added behind/],
  ['more files than it says', makeZip([plainFile, { ...plainFile, name: 'b' }], { count: 1 }), /more than/],
  ['fewer files than it says', makeZip([plainFile], { count: 2 }), /directory is damaged/],
  ['a bomb', makeZip([{ name: 'bomb', content: Buffer.alloc(200_000) }]), /200000 bytes/],
  ['a bomb that lies', makeZip([{ name: 'bomb', content: Buffer.alloc(9_000_000), size: 9 }]), /larger/],
  ['too many files', makeZip(many(2_001)), /2001 files/],
  ['no archive at all', Buffer.from('not a zip'), /no zip/],
  ['nothing', Buffer.alloc(0), /no zip|empty/],
  ['an archive cut off', makeZip([plainFile]).subarray(0, -3), /cut off/],
];

function withTail(text: string): Buffer {
  return makeZip([
    { name: 'a', content: text, packed: Buffer.concat([deflateRawSync(text), Buffer.alloc(3)]) },
  ]);
}

function overlapping(): Buffer {
  return makeZip([plainFile, { ...plainFile, name: 'b.json', offset: 0 }]);
}

function many(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({ name: `f${index}`, content: '', method: 0 }));
}

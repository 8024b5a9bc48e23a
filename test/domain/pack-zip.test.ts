import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unzip } from '../../src/pack/unzip.js';
import { zip } from '../../src/pack/zip.js';
import { randomFrom, seedOfRun } from '../support/mintmark.js';
import { hostileZips, makeZip } from '../support/zips.js';

const limits = { maxBytes: 180_000, maxEntries: 2_000 };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const files = new Map([
  ['manifest.json', text('{"format":"x"}')],
  ['ledger/0.jsonl', text('line\n'.repeat(500))],
  ['empty', text('')],
]);

describe('a zip', () => {
  it('is the same bytes whatever the time and time zone', async () => {
    const first = await zip(files);
    const zone = process.env.TZ;
    process.env.TZ = 'Pacific/Auckland';
    const second = await zip(files);
    process.env.TZ = zone;
    expect(Buffer.compare(first, second)).toBe(0);
  });

  it('gives back what was put in', async () => {
    const seed = seedOfRun();
    const name = fc.stringMatching(/^[a-z]{1,9}(\/[a-z0-9]{1,9})?\.x$/);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.uint8Array({ maxLength: 3000 }), { maxKeys: 9 }),
        async made => {
          const before = new Map(Object.entries(made));
          const after = unzip(Buffer.from(await zip(before)), limits);
          expect([...after.keys()]).toEqual([...before.keys()]);
          for (const [key, bytes] of before)
            expect(Buffer.compare(bytes, after.get(key) ?? text('?'))).toBe(0);
        },
      ),
      { seed, numRuns: 50 },
    );
  });

  it('of another program is read, with data descriptors too', () => {
    const made = makeZip([
      { name: 'a', content: 'stored', method: 0 },
      { name: 'dir/ä.json', content: 'packed', streamed: true },
      { name: 'c', content: '' },
    ]);
    const read = unzip(made, limits);
    expect([...read].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['a', 'stored'],
      ['dir/ä.json', 'packed'],
      ['c', ''],
    ]);
  });

  it('is refused when any byte of it was changed', async () => {
    const sound = Buffer.from(await zip(files));
    const seed = seedOfRun();
    const random = randomFrom(seed);
    for (let at = 0; at < sound.length; at++) {
      const altered = Buffer.from(sound);
      altered[at] = (sound[at] ?? 0) ^ (1 + Math.floor(random() * 255));
      expect(() => unzip(altered, limits), `byte ${at}, seed ${seed}`).toThrow('Nothing was imported');
    }
  });

  it('is refused when it was cut off anywhere', async () => {
    const sound = Buffer.from(await zip(files));
    for (let length = 0; length < sound.length; length++)
      expect(() => unzip(sound.subarray(0, length), limits), `${length} bytes`).toThrow(
        'Nothing was imported',
      );
  });
});

describe('a hostile zip is refused', () => {
  it.each(hostileZips)('%s', (_kind, archive, says) => {
    expect(() => unzip(archive, limits)).toThrow(says);
  });
});

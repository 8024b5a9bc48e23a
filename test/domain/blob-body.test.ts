import { describe, expect, it } from 'vitest';
import { type BlobBody, packBytes } from '../../src/blob/body.js';
import { sha256Of } from '../../src/text/hash.js';
import { textOf, unpackBytes } from '../../src/text/packed.js';

async function bodyOf(bytes: Uint8Array): Promise<BlobBody> {
  const described = { name: 'a', mime: null, kind: 'text', tokens: 1, outline: '' };
  return { ...described, sha256: sha256Of(bytes), bytes: bytes.length, ...(await packBytes(bytes)) };
}

describe('the bytes of a blob', () => {
  it('come back as they were', async () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) & 255));
    expect(unpackBytes(await bodyOf(bytes)).equals(bytes)).toBe(true);
  });

  it.each([
    ['other bytes', async () => ({ data: (await packBytes(Buffer.from('other'))).data })],
    ['what cannot be inflated', async () => ({ data: 'AAAA' })],
    ['nothing', async () => ({ data: '' })],
    ['more than was said', async () => ({ bytes: 3 })],
  ])('are damaged when %s is there', async (_name, change) => {
    const body = { ...(await bodyOf(Buffer.from('what was stored'))), ...(await change()) };
    expect(() => unpackBytes(body)).toThrow('not those that were stored');
  });
});

describe('text', () => {
  it.each([
    ['UTF-8', Buffer.from('ä日👩'), 'ä日👩'],
    ['with a byte order mark', Buffer.from('\ufeffa'), '\ufeffa'],
    ['with a NUL', Buffer.from('a\0'), undefined],
    ['of half a character', Buffer.from('ä').subarray(0, 1), undefined],
    ['in UTF-16', Buffer.from('\ufeffa', 'utf16le'), undefined],
  ])('%s', (_name, bytes, text) => {
    expect(textOf(bytes)).toBe(text);
  });
});

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompressSync, constants } from 'node:zlib';
import { EngineError } from '../errors.js';
import type { BlobRow } from '../store/blobs.js';
import type { Body } from '../store/bodies.js';
import { sha256 } from '../text/hash.js';

/** What a row repeats, so that it can be listed. */
export type Described = Pick<BlobRow, 'sha256' | 'name' | 'mime' | 'kind' | 'bytes' | 'tokens'>;

/** The erasable content of a blob, covered by its salted hash: `data` is base64 of the compressed bytes. */
export type BlobBody = Described & {
  readonly outline: string;
  readonly encoding: 'br';
  readonly data: string;
};

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const compress = promisify(brotliCompress);

/** Level 5 of 11: within a tenth of the smallest, at a twentieth of the time. */
export async function packBytes(bytes: Uint8Array): Promise<Pick<BlobBody, 'encoding' | 'data'>> {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return { encoding: 'br', data: (await compress(bytes, { params })).toString('base64') };
}

export function sealBlob(id: string, salt: string, body: BlobBody): Body {
  const content = JSON.stringify(body);
  return { owner: id, salt, content, hash: sha256(salt + content) };
}

export function openBody(content: string): BlobBody {
  const body: BlobBody = JSON.parse(content);
  return body;
}

/** The bytes as they were stored. Throws `damaged` when they are not those that their SHA-256 names. */
export function unpackBytes({ data, bytes, sha256: expected }: BlobBody): Buffer {
  const found = unpacked(data, bytes);
  if (found && sha256Of(found) === expected) return found;
  throw new EngineError(
    'damaged',
    'The bytes of this blob are not those that were stored.',
    'Run `mintmark doctor --deep` and restore a backup.',
  );
}

function unpacked(data: string, bytes: number): Buffer | undefined {
  try {
    return brotliDecompressSync(Buffer.from(data, 'base64'), { maxOutputLength: Math.max(1, bytes) });
  } catch {
    return undefined;
  }
}

/** UTF-8 text, its byte order mark kept so that it stays exact; undefined for anything else. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

import { brotliDecompressSync } from 'node:zlib';
import { EngineError } from '../errors.js';
import { sha256Of } from './hash.js';

/** Bytes as a body holds them: `data` is base64 of them compressed, `bytes` how many they are. */
export type Packed = { readonly data: string; readonly bytes: number; readonly sha256: string };

/** The bytes as they were stored. Throws `damaged` when they are not those that their SHA-256 names. */
export function unpackBytes({ data, bytes, sha256: expected }: Packed): Buffer {
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

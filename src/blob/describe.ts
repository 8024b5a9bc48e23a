import { blobPieces } from '../passage/blob-pieces.js';
import { withWords } from '../passage/index-text.js';
import type { Piece } from '../passage/piece.js';
import { estimateTokens } from '../text/estimate.js';
import { sha256Of } from '../text/hash.js';
import { type BlobBody, packBytes } from './body.js';
import type { Given } from './given.js';
import { kindOf } from './kind.js';
import { outlineOf } from './outline/outline.js';

/** What a blob holds of a text or bytes without secrets: its kind, outline and compressed bytes. It takes time. */
export async function describe({ name, mime, text, bytes }: Given): Promise<BlobBody> {
  const kind = text === undefined ? 'binary' : kindOf(text, { name, mime });
  return {
    sha256: sha256Of(bytes),
    name,
    mime,
    kind,
    bytes: bytes.length,
    tokens: text === undefined ? 0 : estimateTokens(text),
    outline: await outlineOf(kind, { text, bytes: bytes.length, name, mime }),
    ...(await packBytes(bytes)),
  };
}

/** What a blob is found by, made before the transaction that stores it: it takes as long as all the rest. */
export const piecesOf = (body: BlobBody): readonly Piece[] => withWords(blobPieces(body));

import { describe } from '../blob/describe.js';
import { insertKept, keepForItself } from '../blob/keep.js';
import { readBlob } from '../blob/read.js';
import type { Call } from '../schema/call.js';
import type { Scope } from '../schema/scope.js';
import { blobBySha256 } from '../store/blobs.js';
import type { Writer } from '../store/store.js';
import { tooLarge } from './bad-pack.js';
import type { Parts } from './parts.js';

/** What a pack that is kept in the database says it is, so that no later pack holds it. */
export const PACK_MIME = 'application/vnd.mintmark.pack+zip';

type Packed = { readonly name: string; readonly bytes: Uint8Array; readonly scope: Scope };

/** Readies a pack to be kept as a blob. What is returned does so within a transaction and gives its URI. */
export async function keeping(
  parts: Pick<Parts, 'sources'>,
  { name, bytes, scope }: Packed,
): Promise<(writer: Writer) => Promise<string>> {
  const body = await describe({ name, mime: PACK_MIME, text: undefined, bytes });
  return async writer => {
    const known = await blobBySha256(writer, body.sha256);
    const id = parts.sources.newId('blob');
    const blob = known ?? (await insertKept(parts, writer, { id, body, scope, session_id: null }));
    await keepForItself(parts, writer, { id: blob.id, known: known !== undefined });
    return `blob://${blob.id}`;
  };
}

/** The bytes of a pack that a blob holds. Throws `not_found` and `too_large`. */
export async function readKept({ store, options }: Parts, uri: string, call: Call): Promise<Buffer> {
  const { bytes } = await readBlob(store, call, uri);
  if (bytes.length > options.packMaxBytes) throw tooLarge(uri, bytes.length, options.packMaxBytes);
  return Buffer.from(bytes);
}

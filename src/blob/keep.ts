import { append } from '../ledger/ledger.js';
import { addPassages } from '../passage/add.js';
import { blobPieces } from '../passage/blob-pieces.js';
import type { Piece } from '../passage/piece.js';
import type { Scope } from '../schema/scope.js';
import type { Sources } from '../sources.js';
import { BY_ITSELF, insertUse, isUsedBy } from '../store/blob-uses.js';
import { blobBySha256, insertBlob, type StoredBlob } from '../store/blobs.js';
import { insertBodies } from '../store/bodies.js';
import { internScope } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import { type BlobBody, sealBlob } from './body.js';
import { STREAM } from './parts.js';

type Keeping = {
  /** The id it gets where its bytes are not there yet. */
  readonly id: string;
  readonly body: BlobBody;
  /** What it is found by, where that was made before the transaction. */
  readonly pieces?: readonly Piece[] | undefined;
  readonly scope: Scope;
  readonly session_id: string | null;
};

type Ground = { readonly sources: Sources };

/** Stores a blob whose bytes are not there yet, with the event that brought it. */
export async function insertKept(
  { sources }: Ground,
  writer: Writer,
  { id, body, pieces = blobPieces(body), scope, session_id, message }: Keeping & { readonly message?: true },
): Promise<StoredBlob> {
  const at = sources.now();
  const sealed = sealBlob(id, sources.newSalt(), body);
  const sequence = await append(writer, sources, {
    stream: STREAM,
    type: 'BLOB_PUT',
    at,
    payload: { id, scope, session_id, ...(message && { message }), bodies: { [id]: sealed.hash } },
  });
  await insertBodies(writer, [sealed]);
  const { encoding: _encoding, data: _data, outline: _outline, ...columns } = body;
  const row = { id, sequence, session_id, ...columns, created_at: at };
  await insertBlob(writer, { ...row, scope_id: await internScope(writer, scope) });
  const noun = { kind: 'blob', owner: id, scope, session_id, run_id: null, created_at: at } as const;
  await addPassages(writer, noun, pieces);
  return { ...row, scope, content: sealed.content };
}

/** Somebody asked for the blob itself: it stays when no message refers to it any more. */
export async function keepForItself(
  { sources }: Ground,
  writer: Writer,
  { id, known }: { readonly id: string; readonly known: boolean },
): Promise<void> {
  if (known && (await isUsedBy(writer, id, BY_ITSELF))) return;
  if (known) {
    const event = { stream: STREAM, type: 'BLOB_KEPT', at: sources.now(), payload: { id } } as const;
    await append(writer, sources, event);
  }
  await insertUse(writer, id, BY_ITSELF);
}

/** Stores what is too large for a message, once by its bytes; it goes when the last message goes. Returns its id. */
export async function keepForMessage(
  ground: Ground,
  writer: Writer,
  { messageId, ...keeping }: Keeping & { readonly messageId: string },
): Promise<string> {
  const known = await blobBySha256(writer, keeping.body.sha256);
  const { id } = known ?? (await insertKept(ground, writer, { ...keeping, message: true }));
  await insertUse(writer, id, messageId);
  return id;
}

import { type Replayable, transact } from '../ledger/ledger.js';
import type { Piece } from '../passage/piece.js';
import type { Call } from '../schema/call.js';
import { describeWritten, scopeToWrite } from '../scope.js';
import { blobBySha256, type StoredBlob } from '../store/blobs.js';
import type { Reader } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { fenceUntrusted } from '../text/untrusted.js';
import { type BlobBody, openBody } from './body.js';
import { describe, piecesOf } from './describe.js';
import { type Putting, readGiven } from './given.js';
import { insertKept, keepForItself } from './keep.js';
import type { Parts } from './parts.js';

export type BlobPut = {
  readonly blob_id: string;
  readonly uri: string;
  readonly name: string;
  readonly kind: string;
  readonly bytes: number;
  /** Estimated; 0 for what is no text. */
  readonly tokens: number;
  /** Fenced: nobody vouches for what a file says. */
  readonly outline: string;
  /** The same bytes were there already, under this id and scope. */
  readonly existing?: true;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/**
 * Stores a text or a file by the hash of its bytes, without secrets, with an outline by its type. What was stored never
 * changes, whatever becomes of the file. Throws `invalid`, `too_large`, `not_found`, `forbidden`.
 */
export async function putBlob(parts: Parts, asked: Putting, call: Call): Promise<Replayable<BlobPut>> {
  // A repeated key gets its reply also when the file is gone by now, so failing waits for the transaction.
  const [prepared] = await Promise.allSettled([prepare(parts, asked, call)]);
  return transact(parts, call, async writer => {
    if (prepared.status === 'rejected') throw prepared.reason;
    const { body, pieces, redactions } = prepared.value;
    const session =
      asked.session_id === undefined ? undefined : await parts.sessionNamed(writer, asked.session_id);
    const known = await blobBySha256(writer, body.sha256);
    const scope = session?.scope ?? scopeToWrite({ globalByDefault: false }, call.home);
    const owned = { scope, session_id: session?.id ?? null };
    const blob =
      known ?? (await insertKept(parts, writer, { id: parts.sources.newId('blob'), body, pieces, ...owned }));
    await keepForItself(parts, writer, { id: blob.id, known: known !== undefined });
    return {
      ...described(blob),
      ...(known && { existing: true }),
      ...(redactions.length > 0 && { redacted: redactions }),
    };
  });
}

type Prepared = {
  readonly body: BlobBody;
  /** Undefined where the bytes are there already. */
  readonly pieces: readonly Piece[] | undefined;
  readonly redactions: readonly Redaction[];
};

/** All that takes time comes before the transaction, in which it would hold everybody up. */
async function prepare(
  { store, options, sessionNamed }: Parts,
  asked: Putting,
  call: Call,
): Promise<Prepared> {
  const { session_id } = asked;
  if (session_id !== undefined)
    await store.read(call.namespace, (reader: Reader) => sessionNamed(reader, session_id));
  const given = await readGiven(options, asked, call);
  const { value: clean, redactions } = await redact(
    { name: given.name, content: given.text },
    options.redact,
  );
  const bytes = clean.content === given.text ? given.bytes : Buffer.from(clean.content ?? '');
  const body = await describe({ ...given, name: clean.name, text: clean.content, bytes });
  const known = await store.read(call.namespace, reader => blobBySha256(reader, body.sha256));
  return { body, pieces: known ? undefined : piecesOf(body), redactions };
}

function described({ id, name, kind, bytes, tokens, scope, content }: StoredBlob): BlobPut {
  return {
    blob_id: id,
    uri: `blob://${id}`,
    name,
    kind,
    bytes,
    tokens,
    outline: fenceUntrusted(openBody(content).outline, 'tool'),
    scope: describeWritten(scope),
  };
}

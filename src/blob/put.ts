import { append, type Replayable, transact } from '../ledger/ledger.js';
import { addPassages } from '../passage/add.js';
import { blobPieces } from '../passage/blob-pieces.js';
import type { Call } from '../schema/call.js';
import type { Scope } from '../schema/scope.js';
import { describeWritten, scopeToWrite } from '../scope.js';
import { demandSession } from '../session/find.js';
import { blobBySha256, insertBlob, type StoredBlob } from '../store/blobs.js';
import { insertBody } from '../store/bodies.js';
import { internScope } from '../store/scopes.js';
import type { Reader, Writer } from '../store/store.js';
import { estimateTokens } from '../text/estimate.js';
import { sha256Of } from '../text/packed.js';
import { type Redaction, redact } from '../text/redact.js';
import { fenceUntrusted } from '../text/untrusted.js';
import { type BlobBody, openBody, packBytes, sealBlob } from './body.js';
import { type Given, type Putting, readGiven } from './given.js';
import { kindOf } from './kind.js';
import { outlineOf } from './outline/outline.js';
import { type Parts, STREAM } from './parts.js';

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
    const { body, redactions } = prepared.value;
    const session =
      asked.session_id === undefined ? undefined : await demandSession(writer, asked.session_id);
    const known = await blobBySha256(writer, body.sha256);
    const scope = session?.scope ?? scopeToWrite({ globalByDefault: false }, call.home);
    const blob = known ?? (await insert(parts, writer, { body, scope, session_id: session?.id ?? null }));
    return {
      ...described(blob),
      ...(known && { existing: true }),
      ...(redactions.length > 0 && { redacted: redactions }),
    };
  });
}

type Prepared = { readonly body: BlobBody; readonly redactions: readonly Redaction[] };

/** All that takes time comes before the transaction, in which it would hold everybody up. */
async function prepare({ store, options }: Parts, asked: Putting, call: Call): Promise<Prepared> {
  const { session_id } = asked;
  if (session_id !== undefined)
    await store.read(call.namespace, (reader: Reader) => demandSession(reader, session_id));
  const given = await readGiven(options, asked, call);
  const { value: clean, redactions } = await redact(
    { name: given.name, content: given.text },
    options.redact,
  );
  const bytes = clean.content === given.text ? given.bytes : Buffer.from(clean.content ?? '');
  const body = await describe({ ...given, name: clean.name, text: clean.content, bytes });
  return { body, redactions };
}

async function describe({ name, mime, text, bytes }: Given): Promise<BlobBody> {
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

type Inserting = { readonly body: BlobBody; readonly scope: Scope; readonly session_id: string | null };

async function insert(
  { sources }: Parts,
  writer: Writer,
  { body, scope, session_id }: Inserting,
): Promise<StoredBlob> {
  const id = sources.newId('blob');
  const at = sources.now();
  const sealed = sealBlob(id, sources.newSalt(), body);
  const sequence = await append(writer, sources, {
    stream: STREAM,
    type: 'BLOB_PUT',
    at,
    payload: { id, scope, session_id, bodies: { [id]: sealed.hash } },
  });
  await insertBody(writer, sealed);
  const { encoding: _encoding, data: _data, outline: _outline, ...columns } = body;
  const row = { id, sequence, session_id, ...columns, created_at: at };
  await insertBlob(writer, { ...row, scope_id: await internScope(writer, scope) });
  const noun = { kind: 'blob', owner: id, scope, session_id, run_id: null, created_at: at } as const;
  await addPassages(writer, noun, blobPieces(body));
  return { ...row, scope, content: sealed.content };
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

import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Page, Titled } from '../schema/listing.js';
import { describeWritten, scopeToRead } from '../scope.js';
import { blobById, blobIdsWithPrefix, pageBlobs, type StoredBlob } from '../store/blobs.js';
import { completing } from '../store/completing.js';
import type { Store } from '../store/store.js';
import { textOf, unpackBytes } from '../text/packed.js';
import { formatTime } from '../text/time.js';
import { openBody } from './body.js';

export type ShownBlob = {
  /** The text, exactly; of what is no text the outline. */
  readonly text: string;
  readonly outline: string;
  /** The bytes as they were stored. */
  readonly bytes: Uint8Array;
  readonly meta: Readonly<Record<string, string | number>>;
  readonly scope: string;
  /** Whatever a file says, nobody vouches for it. */
  readonly trust: 'tool';
};

/** A blob by its id or URI. Throws `not_found`. */
export async function readBlob(
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  ref: string,
): Promise<ShownBlob> {
  const id = ref.trim().replace(/^blob:\/\//, '');
  const blob = await store.read(namespace, reader => blobById(reader, id));
  if (!blob)
    throw new EngineError(
      'not_found',
      `There is no blob ${JSON.stringify(id.slice(0, 200))}.`,
      'Take the blob_id that blob_put returned; what was purged is gone.',
    );
  const body = openBody(blob.content);
  const bytes = unpackBytes(body);
  const text = body.kind === 'binary' ? undefined : textOf(bytes);
  return {
    text: text ?? body.outline,
    bytes,
    outline: body.outline,
    meta: metaOf(blob),
    scope: describeWritten(blob.scope),
    trust: 'tool',
  };
}

const metaOf = ({ id, name, mime, kind, bytes, tokens, sha256, session_id, created_at }: StoredBlob) => ({
  id,
  name,
  ...(mime !== null && { mime }),
  kind,
  bytes,
  tokens,
  sha256,
  ...(session_id !== null && { session: `session://${session_id}` }),
  created_at: formatTime(created_at),
});

/** Blobs of the home scope and global in order of id, each by its name. */
export const listBlobs = (store: Store, call: Call, page: Page): Promise<Titled[]> =>
  store.read(call.namespace, async reader => {
    const rows = await pageBlobs(reader, { ...page, scope: scopeToRead({}, call.home) });
    return rows.map(({ id, name }) => ({ id, title: name }));
  });

export const completeBlobIds = completing(blobIdsWithPrefix);

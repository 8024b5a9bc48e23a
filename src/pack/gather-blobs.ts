import { openBody } from '../blob/body.js';
import type { ScopeFilter } from '../schema/scope.js';
import { BY_ITSELF, isUsedBy } from '../store/blob-uses.js';
import { blobById, blobsOfSessions, pageBlobs } from '../store/blobs.js';
import { everyId } from '../store/every-row.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { unpackBytes } from '../text/packed.js';
import { type PackContent, sealedLine } from './content.js';
import { PACK_MIME } from './keep.js';

const PAGE = 1000;

export type WantedBlobs = {
  readonly sessions: readonly Pick<StoredSession, 'id'>[];
  /** Whose blobs come along besides. */
  readonly scope: ScopeFilter | undefined;
};

/** Blobs that messages of these sessions keep or that were stored for one of them, and those about a scope. */
export async function blobsOf(
  reader: Reader,
  { sessions, scope }: WantedBlobs,
): Promise<PackContent['blobs']> {
  const ids = new Set(
    await blobsOfSessions(
      reader,
      sessions.map(({ id }) => id),
    ),
  );
  for (const id of scope ? await blobsAbout(reader, scope) : []) ids.add(id);
  const found: PackContent['blobs'][number][] = [];
  for (const id of [...ids].sort()) {
    const blob = await blobById(reader, id);
    if (!blob || blob.mime === PACK_MIME) continue;
    const { sha256, bytes, name, mime, session_id, content } = blob;
    const scope = { graph_nodes: [...blob.scope.graph_nodes], tags: [...blob.scope.tags] };
    const put = await isUsedBy(reader, id, BY_ITSELF);
    const line = { blob_id: id, sha256, bytes, name, mime, ...scope, session_id, put };
    found.push({ line: sealedLine(line), data: unpackBytes(openBody(content)) });
  }
  return found;
}

const blobsAbout = (reader: Reader, scope: ScopeFilter): Promise<string[]> =>
  everyId(afterId => pageBlobs(reader, { afterId, limit: PAGE, scope }));

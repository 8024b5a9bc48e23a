import type { Scope } from '../schema/scope.js';
import { normalise } from '../scope.js';
import { allUses, type BlobUse, BY_ITSELF } from '../store/blob-uses.js';
import { allBlobs, type BlobRow, type CheckedBlob } from '../store/blobs.js';
import { columnDiffering, differences } from '../store/differences.js';
import { wholeStream } from '../store/events.js';
import type { ReadEvent } from '../store/run-events.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { unpackBytes } from '../text/packed.js';
import { openBody } from './body.js';
import { STREAM } from './parts.js';

const ADVICE = 'Export what can be read with `mintmark export` and restore a backup.';

type Came = Pick<BlobRow, 'sequence' | 'session_id' | 'created_at'> & { readonly scope_key: string };

/** Compares every blob's row with the event that brought it and with its body, and its bytes with their SHA-256. */
export async function verifyBlobs(reader: Reader): Promise<Finding[]> {
  const expected = await blobsOfLedger(reader);
  const findings: Finding[] = [];
  for await (const row of allBlobs(reader)) {
    const differs = difference(row, expected.get(row.id));
    if (differs !== undefined) findings.push(finding(`${row.id}: ${differs}`));
    expected.delete(row.id);
  }
  return [...findings, ...[...expected.keys()].map(id => finding(`${id} is in the ledger and has no row`))];
}

/** Compares who keeps which blob with the messages that refer to one and with what blob_put stored or found. */
export async function verifyUses(reader: Reader, byMessages: readonly BlobUse[]): Promise<Finding[]> {
  const gone = new Set<string>();
  const kept = new Set<string>();
  for await (const { type, content } of blobEvents(reader)) {
    const { id = '', message, ids = [] }: Payload = JSON.parse(content);
    if (type === 'BLOB_KEPT' || (type === 'BLOB_PUT' && !message)) kept.add(id);
    if (type === 'PURGE') for (const purged of ids) gone.add(purged);
  }
  const themselves = [...kept].map(blob_id => ({ blob_id, owner: BY_ITSELF }));
  const expected = [...themselves, ...byMessages].filter(({ blob_id }) => !gone.has(blob_id));
  return differences(keyed(await allUses(reader)), keyed(expected), { check: 'blob', advice: ADVICE });
}

type Payload = { readonly id?: string; readonly message?: true; readonly ids?: readonly string[] };

const keyed = (uses: readonly BlobUse[]): Map<string, string> =>
  new Map(uses.map(({ blob_id, owner }) => [`${blob_id} kept by ${owner}`, 'yes']));

/** Those of the stream whose bodies were not purged. */
async function* blobEvents(
  reader: Reader,
): AsyncGenerator<Pick<ReadEvent, 'type' | 'sequence' | 'at'> & { readonly content: string }> {
  for await (const { content, ...event } of wholeStream(reader, STREAM))
    if (content !== null) yield { ...event, content };
}

/** Of a blob that was purged the event's body is gone too, and so it is not among them. */
async function blobsOfLedger(reader: Reader): Promise<Map<string, Came>> {
  const blobs = new Map<string, Came>();
  for await (const { type, sequence, at, content } of blobEvents(reader)) {
    if (type !== 'BLOB_PUT') continue;
    const { id, scope, session_id }: { id: string; scope: Scope; session_id: string | null } =
      JSON.parse(content);
    blobs.set(id, { sequence, session_id, created_at: at, scope_key: canonicalJson(normalise(scope)) });
  }
  return blobs;
}

function difference({ content, id, ...row }: CheckedBlob, came: Came | undefined): string | undefined {
  if (!came) return 'the ledger does not know it';
  if (content === null) return 'its body is missing';
  const body = openBody(content);
  const { encoding: _encoding, data: _data, outline: _outline, ...columns } = body;
  const differs = columnDiffering(row, { ...came, ...columns });
  return differs ?? (isSound(body) ? undefined : 'its bytes are not those that its sha256 names');
}

function isSound(body: Parameters<typeof unpackBytes>[0]): boolean {
  try {
    unpackBytes(body);
    return true;
  } catch {
    return false;
  }
}

const finding = (found: string): Finding => ({ check: 'blob', found, advice: ADVICE });

import { verifyUses } from '../blob/verify.js';
import type { BlobUse } from '../store/blob-uses.js';
import { columnDiffering, differences, keyed, REBUILD } from '../store/differences.js';
import { streams, wholeStream } from '../store/events.js';
import { allMessages, type MessageRow, sessionsOfMessages } from '../store/messages.js';
import { allSessions } from '../store/sessions.js';
import type { Finding, Reader } from '../store/store.js';
import { allSummaries } from '../store/summaries.js';
import { canonicalJson } from '../text/hash.js';
import { openBody, rowOf } from './body.js';
import { type FoldedSession, hiddenAt, step } from './fold.js';
import { overlapping, parentsOf, runsOf } from './frontier.js';
import { sessionOf } from './parts.js';

/** Rebuilds every session from its stream and compares its row and those of its messages. Returns what differs. */
export async function verifySessions(reader: Reader): Promise<Finding[]> {
  const expected = new Map<string, string>();
  const summaries = new Map<string, string>();
  const findings: Finding[] = [];
  const uses: BlobUse[] = [];
  for (const stream of await streams(reader)) {
    const id = sessionOf(stream);
    const folded = id === undefined ? undefined : await foldSession(reader, stream, id);
    if (id === undefined || !folded) continue;
    expected.set(id, canonicalJson({ id, ...folded.row }));
    for (const summary of folded.summaries.values()) summaries.set(summary.id, canonicalJson(summary));
    findings.push(...(await verifyMessages(reader, id, { folded, uses })), ...overlaps(id, folded));
  }
  for (const id of await sessionsOfMessages(reader))
    if (!expected.has(id)) findings.push(finding(`messages of ${id}, which the ledger does not know`));
  const stored = keyed(await allSessions(reader), ({ id }) => id);
  const summarised = keyed(await allSummaries(reader), ({ id }) => id);
  return [
    ...differences(stored, expected, { check: 'session' }),
    ...differences(summarised, summaries, { check: 'summary' }),
    ...(await verifyUses(reader, uses)),
    ...findings,
  ];
}

/** No message is under two summaries of the frontier. */
function overlaps(id: string, { summaries }: FoldedSession): Finding[] {
  const active = [...summaries.values()].filter(({ ended_at }) => ended_at === null);
  const twice = overlapping(
    active.map(summary => ({ id: summary.id, parents: parentsOf(summary), covers: runsOf(summary) })),
  );
  if (twice === undefined) return [];
  const found = `message ${twice} of ${id} is under two summaries`;
  return [{ check: 'summary', found, advice: REBUILD }];
}

async function foldSession(reader: Reader, stream: string, id: string): Promise<FoldedSession | undefined> {
  let session: FoldedSession | undefined;
  for await (const event of wholeStream(reader, stream)) session = step(session, id, event);
  return session;
}

type Messages = {
  readonly folded: FoldedSession;
  /** Takes which blobs they keep. */
  readonly uses: BlobUse[];
};

async function verifyMessages(reader: Reader, id: string, { folded, uses }: Messages): Promise<Finding[]> {
  const findings: Finding[] = [];
  const missing = new Set(folded.messages.keys());
  for await (const row of allMessages(reader, id)) {
    missing.delete(row.id);
    uses.push(...usesBy(row));
    const differs = rowDifference(row, folded);
    if (differs) findings.push(finding(`${row.id}: ${differs}`));
  }
  return [...findings, ...[...missing].map(message => finding(`${message} is in the ledger and has no row`))];
}

const usesBy = ({ id, content }: Pick<MessageRow, 'id'> & { readonly content: string | null }): BlobUse[] =>
  content === null ? [] : (openBody(content).blobs ?? []).map(({ blob_id }) => ({ blob_id, owner: id }));

function rowDifference(
  { content, ...row }: MessageRow & { readonly content: string | null },
  folded: FoldedSession,
): string | undefined {
  const event = folded.messages.get(row.id) ?? 0;
  const came = folded.appended.get(event);
  if (!came) return 'the ledger does not know it';
  if (content === null) return 'its body is missing';
  const body = openBody(content);
  if (body.sequence < came.first || body.sequence > came.last)
    return `its number ${body.sequence} is not of the event that brought it`;
  const hidden_at = hiddenAt(folded, body.sequence, event);
  return columnDiffering(row, { ...rowOf(body), created_at: came.at, hidden_at });
}

const finding = (found: string): Finding => ({ check: 'message', found, advice: REBUILD });

import { allBodies, type Body, purgedOwners } from '../store/bodies.js';
import { type EventWithBody, streamEvents, streams } from '../store/events.js';
import type { Finding, Reader } from '../store/store.js';
import { sha256 } from '../text/hash.js';
import { eventHash, eventOwner, FIRST_PREVIOUS_HASH } from './seal.js';

export type StreamReport = {
  readonly stream: string;
  readonly events: number;
  readonly purged: number;
  /** Hash of the last event: compare it with one noted earlier to see that nothing was cut off. */
  readonly head: string;
};

export type LedgerReport = {
  readonly streams: readonly StreamReport[];
  readonly findings: readonly Finding[];
};

const ADVICE =
  'The history was changed outside mintmark or the disk failed. Export what can be read and restore a backup.';

/** Recomputes every chain and every event's body hash. Bodies that a PURGE event names are reported as purged, not damaged. */
export async function verifyLedger(reader: Reader): Promise<LedgerReport> {
  const purged = await purgedOwners(reader);
  const reports: StreamReport[] = [];
  const findings: Finding[] = [];
  for (const stream of await streams(reader)) {
    const report = await verifyStream(reader, stream, { purged: new Set(purged.keys()), findings });
    reports.push(report);
  }
  return { streams: reports, findings };
}

type Progress = { readonly purged: ReadonlySet<string>; readonly findings: Finding[] };

async function verifyStream(
  reader: Reader,
  stream: string,
  { purged, findings }: Progress,
): Promise<StreamReport> {
  let head = FIRST_PREVIOUS_HASH;
  let sequence = 0;
  let erased = 0;
  for (;;) {
    const page = await streamEvents(reader, stream, { after: sequence });
    for (const event of page) {
      const wrong = eventProblem(event, { head, sequence });
      if (wrong)
        findings.push({
          check: 'ledger',
          found: `${stream} event ${event.sequence}: ${wrong}`,
          advice: ADVICE,
        });
      if (event.content === null) {
        erased += 1;
        if (!purged.has(eventOwner(stream, event.sequence)))
          findings.push({
            check: 'ledger',
            found: `${stream} event ${event.sequence}: its body is missing and no PURGE names it`,
            advice: ADVICE,
          });
      }
      head = event.hash;
      sequence = event.sequence;
    }
    if (page.length === 0) return { stream, events: sequence, purged: erased, head };
  }
}

function eventProblem(
  event: EventWithBody,
  { head, sequence }: { head: string; sequence: number },
): string | undefined {
  if (event.sequence !== sequence + 1) return `follows ${sequence}: events are missing`;
  if (event.previous_hash !== head) return 'its previous_hash is not the hash of the event before it';
  if (event.hash !== eventHash(event)) return 'its hash does not match what it holds';
  if (event.content !== null && sha256((event.salt ?? '') + event.content) !== event.body_hash)
    return 'its body was altered';
  return undefined;
}

/** Recomputes the hash of every body and looks for purged bodies that are still there. */
export async function verifyBodies(reader: Reader): Promise<Finding[]> {
  const purged = await purgedOwners(reader);
  const findings: Finding[] = [];
  let after = '';
  for (;;) {
    const page: Body[] = await allBodies(reader, after, 1000);
    for (const { owner, salt, hash, content } of page) {
      if (sha256(salt + content) !== hash)
        findings.push({ check: 'content hash', found: `${owner} was altered`, advice: ADVICE });
      if (purged.has(owner))
        findings.push({
          check: 'purge',
          found: `${owner} is named by a PURGE event and still there`,
          advice: ADVICE,
        });
    }
    const last = page.at(-1);
    if (!last) return findings;
    after = last.owner;
  }
}

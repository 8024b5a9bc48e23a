import { isAgentEvent } from '../schema/event.js';
import { allBodies, bodyHashes, type Purge, purgedOwners } from '../store/bodies.js';
import { differences } from '../store/differences.js';
import { type EventWithBody, ledgerEvents, positions } from '../store/events.js';
import { everyRow } from '../store/every-row.js';
import { alteredReplies } from '../store/idempotency.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { eventHash, eventOwner, FIRST_PREVIOUS_HASH, saltedHash } from './seal.js';

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
  /** The salted hash of every event's body, and of every body an event brought as `bodies`, by owner, purged or not. */
  readonly bodies: ReadonlyMap<string, string>;
};

const ADVICE =
  'The history was changed outside mintmark or the disk failed. Export what can be read and restore a backup.';

/** Recomputes every chain and every event's body hash. Bodies that a PURGE event names are reported as purged, not damaged. */
export async function verifyLedger(reader: Reader): Promise<LedgerReport> {
  const stored = await purgedOwners(reader);
  const seen: Seen = { purged: stored, findings: [], bodies: new Map(), purges: new Map() };
  const reports = await verifyStreams(reader, seen);
  const findings = [
    ...seen.findings,
    ...(await verifyPositions(reader)),
    ...differences(places(stored), places(seen.purges), { check: 'purge', advice: ADVICE }),
  ];
  return { streams: reports, findings, bodies: seen.bodies };
}

type Seen = {
  readonly purged: ReadonlyMap<string, Purge>;
  readonly findings: Finding[];
  readonly bodies: Map<string, string>;
  /** What the PURGE events themselves name. */
  readonly purges: Map<string, Purge>;
};

/** All streams in one walk, since there may be ten thousand of a few events each. */
async function verifyStreams(reader: Reader, seen: Seen): Promise<StreamReport[]> {
  const reports = new Map<string, StreamReport>();
  let last: Pick<EventWithBody, 'stream' | 'hash' | 'sequence' | 'position'> = { stream: '', ...BEFORE_ALL };
  for (;;) {
    const page = await ledgerEvents(reader, last);
    for (const event of page) {
      const { stream, sequence, hash } = event;
      const before = stream === last.stream ? last : BEFORE_ALL;
      const wrong = eventProblem(event, before) ?? missingBody(event, seen);
      if (wrong)
        seen.findings.push({
          check: 'ledger',
          found: `${stream} event ${sequence}: ${wrong}`,
          advice: ADVICE,
        });
      else notice(event, seen);
      const purged = (reports.get(stream)?.purged ?? 0) + (event.content === null ? 1 : 0);
      reports.set(stream, { stream, events: sequence, purged, head: hash });
      seen.bodies.set(eventOwner(stream, sequence), event.body_hash);
      last = event;
    }
    if (page.length === 0) return [...reports.values()];
  }
}

const BEFORE_ALL = { hash: FIRST_PREVIOUS_HASH, sequence: 0, position: 0 };

function eventProblem(
  event: EventWithBody,
  before: Pick<EventWithBody, 'hash' | 'sequence' | 'position'>,
): string | undefined {
  if (event.sequence !== before.sequence + 1) return `follows ${before.sequence}: events are missing`;
  if (event.position <= before.position) return 'its position is not after that of the event before it';
  if (event.previous_hash !== before.hash) return 'its previous_hash is not the hash of the event before it';
  if (event.hash !== eventHash(event)) return 'its hash does not match what it holds';
  if (event.content !== null && saltedHash(event.salt ?? '', event.content) !== event.body_hash)
    return 'its body was altered';
  return undefined;
}

function missingBody({ stream, sequence, content }: EventWithBody, { purged }: Seen): string | undefined {
  if (content !== null || purged.has(eventOwner(stream, sequence))) return undefined;
  return 'its body is missing and no PURGE names it';
}

function notice(event: EventWithBody, seen: Seen): void {
  const { purged, bodies } = namedBy(event);
  for (const owner of purged) seen.purges.set(owner, event);
  for (const [owner, hash] of Object.entries(bodies)) seen.bodies.set(owner, hash);
}

/** What a sound event says of bodies: which a PURGE erased, and the salted hashes of those it brought by owner. */
export function namedBy({ type, content }: EventWithBody): {
  readonly purged: readonly string[];
  readonly bodies: Readonly<Record<string, string>>;
} {
  if (content === null) return { purged: [], bodies: {} };
  const { owners = [], bodies = {} }: { owners?: string[]; bodies?: Record<string, string> } =
    JSON.parse(content);
  return { purged: type === 'PURGE' ? owners : [], bodies: isAgentEvent(type) ? {} : bodies };
}

/** Across all streams the positions are 1 to n: subscribers and `status` count on it. */
async function verifyPositions(reader: Reader): Promise<Finding[]> {
  const { first, last, count } = await positions(reader);
  if (first === 1 && last === count) return [];
  return [
    { check: 'ledger', found: `${count} events have the positions ${first} to ${last}`, advice: ADVICE },
  ];
}

const places = (purges: ReadonlyMap<string, Purge>): Map<string, string> =>
  new Map([...purges].map(([owner, { stream, sequence }]) => [owner, canonicalJson({ stream, sequence })]));

/** Recomputes the hash of every body and looks for purged bodies that are still there. */
export async function verifyBodies(reader: Reader): Promise<Finding[]> {
  const purged = await purgedOwners(reader);
  const findings: Finding[] = [];
  // Bodies of blobs may have megabytes.
  const bodies = everyRow({ by: 'owner', from: '' }, after => allBodies(reader, after, 100));
  for await (const { owner, salt, hash, content } of bodies) {
    if (saltedHash(salt, content) !== hash)
      findings.push({ check: 'content hash', found: `${owner} was altered`, advice: ADVICE });
    if (purged.has(owner))
      findings.push({
        check: 'purge',
        found: `${owner} is named by a PURGE event and still there`,
        advice: ADVICE,
      });
  }
  return findings;
}

/** Compares whose bodies there are, and with which hash, with those that events name: `named` minus what was purged. */
export async function verifyOwners(reader: Reader, named: ReadonlyMap<string, string>): Promise<Finding[]> {
  const purged = await purgedOwners(reader);
  const expected = new Map([...named].filter(([owner]) => !purged.has(owner)));
  return differences(await bodyHashes(reader), expected, { check: 'body', advice: ADVICE });
}

/** Recomputes the hash of every reply that is kept for a repeated idempotency key. */
export async function verifyReplies(reader: Reader): Promise<Finding[]> {
  return (await alteredReplies(reader)).map(({ tool, key }) => ({
    check: 'idempotency',
    found: `the reply stored for ${tool} "${key}" was altered`,
    advice: 'It is forgotten after a few days; do not repeat that key.',
  }));
}

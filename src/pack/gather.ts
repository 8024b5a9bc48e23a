import { streamOf as medallionStream } from '../checkpoint/strike.js';
import { TOOK_EFFECT, toPortable } from '../memory/portable.js';
import { streamOf as runStream } from '../run/parts.js';
import type { Artefact, LedgerLine, MessageLine, PackedMedallion } from '../schema/pack.js';
import type { ScopeFilter } from '../schema/scope.js';
import { WorkingSet } from '../schema/working-set.js';
import { streamOf as sessionStream } from '../session/parts.js';
import { type Body, bodiesOf } from '../store/bodies.js';
import { type EventWithBody, wholeStream } from '../store/events.js';
import { everyId, everyRow } from '../store/every-row.js';
import type { ForeignEventWithBody } from '../store/imports.js';
import { pageMedallions } from '../store/medallions.js';
import { pageMemories } from '../store/memories.js';
import { pageRuns, type StoredRun } from '../store/runs.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import type { Included } from './asked.js';
import { omit, type PackContent, type PackedTalk } from './content.js';
import { blobsOf } from './gather-blobs.js';
import { namedBodies } from './named.js';

const PAGE = 1000;

export type Gathered = Omit<PackContent, 'manifest' | 'origins'>;

export type Wanted = {
  readonly kind: 'run' | 'scope';
  readonly runs: readonly StoredRun[];
  /** Those whose messages come along, with the blobs that belong to them. */
  readonly sessions: readonly StoredSession[];
  /** Whose medallions and, where asked for, memories come along. */
  readonly scope: ScopeFilter;
  readonly included: Included;
};

/** All that a pack of these runs and this scope holds, from one snapshot. */
export async function gather(
  reader: Reader,
  { kind, runs, sessions, scope, included }: Wanted,
): Promise<Gathered> {
  const { include } = included;
  const streams = new Map<string, readonly LedgerLine[]>();
  const episodes: Artefact[] = [];
  for (const { id } of runs) {
    const lines = await linesFrom(wholeStream(reader, runStream(id)));
    streams.set(runStream(id), lines);
    episodes.push(...(await artefacts(reader, lines)).filter(({ owner }) => owner.startsWith('epi_')));
  }
  const medallions: PackedMedallion[] = [];
  for (const medallion_id of await medallionIds(reader, scope)) {
    const lines = await linesFrom(wholeStream(reader, medallionStream(medallion_id)));
    streams.set(medallionStream(medallion_id), lines);
    const found = medallionFrom(medallion_id, await artefacts(reader, lines));
    medallions.push(include.includes('evidence') ? found : { ...found, evidence: found.evidence.map(omit) });
  }
  const talks: PackedTalk[] = [];
  for (const { id } of sessions) {
    const lines = await linesFrom(wholeStream(reader, sessionStream(id)));
    streams.set(sessionStream(id), lines);
    talks.push(await talkOf(reader, id, lines));
  }
  const whole = kind === 'scope' && included.everySession ? scope : undefined;
  return {
    streams,
    episodes,
    medallions,
    talks,
    blobs: await blobsOf(reader, { sessions, scope: whole }),
    workingSets: new Map(runs.map(({ id, working_set }) => [id, WorkingSet.parse(JSON.parse(working_set))])),
    memories: include.includes('memories') ? await memoriesOf(reader, scope) : [],
  };
}

type StreamEvent = EventWithBody | ForeignEventWithBody;

/** An event as a line. What was purged has neither body nor salt. */
const toLine = ({ salt, content, ...event }: StreamEvent): LedgerLine => {
  const { stream, sequence, type, at, body_hash, previous_hash, hash } = event;
  return { stream, sequence, type, at, body_hash, previous_hash, hash, ...sealed({ salt, content }) };
};

/** A medallion's file from its bodies, in order of version. */
export function medallionFrom(medallion_id: string, found: readonly Artefact[]): PackedMedallion {
  const within = (kind: string): Artefact[] => {
    const start = `${medallion_id}/${kind}/`;
    const number = ({ owner }: Artefact): number => Number(owner.slice(start.length));
    return found
      .filter(({ owner }) => owner.startsWith(start))
      .sort((left, right) => number(left) - number(right));
  };
  return { medallion_id, versions: within('v'), evidence: within('evidence') };
}

/** A body as it goes into a pack; only its hash where it is gone. */
export const toArtefact = (
  owner: string,
  hash: string,
  stored: Pick<Body, 'salt' | 'content'> | undefined,
): Artefact => ({
  owner,
  hash,
  ...sealed({ salt: stored?.salt ?? null, content: stored?.content ?? null }),
});

function sealed({
  salt,
  content,
}: {
  readonly salt: string | null;
  readonly content: string | null;
}): Pick<Artefact, 'salt' | 'body'> {
  return content === null ? { salt: null, body: null } : { salt, body: JSON.parse(content) };
}

/** All of a stream as lines. */
export async function linesFrom(events: AsyncIterable<StreamEvent>): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for await (const event of events) lines.push(toLine(event));
  return lines;
}

/** The bodies that a stream's events brought. */
async function artefacts(reader: Reader, lines: readonly LedgerLine[]): Promise<Artefact[]> {
  const { hashes } = namedBodies([lines]);
  const bodies = await bodiesOf(reader, [...hashes.keys()]);
  return [...hashes].map(([owner, hash]) => toArtefact(owner, hash, bodies.get(owner)));
}

async function talkOf(reader: Reader, id: string, lines: readonly LedgerLine[]): Promise<PackedTalk> {
  const { hashes } = namedBodies([lines]);
  return toTalk(id, hashes, await bodiesOf(reader, [...hashes.keys()]));
}

/** A session's messages and summaries from what its events name, each only as its hash where it is gone. */
export function toTalk(
  session_id: string,
  hashes: ReadonlyMap<string, string>,
  bodies: ReadonlyMap<string, Pick<Body, 'salt' | 'content'>>,
): PackedTalk {
  const owners = [...hashes].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    session_id,
    messages: owners
      .filter(([owner]) => owner.startsWith('msg_'))
      .map(([owner, hash]) => toMessageLine(owner, hash, bodies.get(owner))),
    summaries: owners
      .filter(([owner]) => owner.startsWith('sum_'))
      .map(([owner, hash]) => toArtefact(owner, hash, bodies.get(owner))),
  };
}

const toMessageLine = (
  owner: string,
  hash: string,
  stored: Pick<Body, 'salt' | 'content'> | undefined,
): MessageLine => ({ owner, hash, salt: stored?.salt ?? null, content: stored?.content ?? null });

const medallionIds = (reader: Reader, scope: ScopeFilter): Promise<string[]> =>
  everyId(afterId => pageMedallions(reader, { afterId, limit: PAGE, scope }));

/** The ids of all runs about a scope, whatever their status. */
export const runIds = (reader: Reader, scope: ScopeFilter): Promise<string[]> =>
  everyId(afterId => pageRuns(reader, { afterId, limit: PAGE, scope }));

async function memoriesOf(reader: Reader, scope: ScopeFilter): Promise<PackContent['memories']> {
  const found: PackContent['memories'][number][] = [];
  const memories = everyRow({ by: 'id', from: '' }, afterId =>
    pageMemories(reader, { afterId, limit: PAGE, statuses: TOOK_EFFECT, scope }),
  );
  for await (const memory of memories) found.push(toPortable(memory));
  return found;
}

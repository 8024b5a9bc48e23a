import { append } from '../ledger/ledger.js';
import { eventOwner } from '../ledger/seal.js';
import type { Sources } from '../sources.js';
import { purgeBodies, withBody } from '../store/bodies.js';
import { lastEvent } from '../store/events.js';
import { dropRepliesNaming, dropRepliesNamingAny } from '../store/idempotency.js';
import { deleteMessages, idsFrom, numbersOf } from '../store/messages.js';
import { dropUnusedScopes } from '../store/scopes.js';
import { deleteSessions } from '../store/sessions.js';
import type { Reader, Writer } from '../store/store.js';
import { deleteSummaries, endSummaries, summariesOf } from '../store/summaries.js';
import { runsOf, summariesToEnd } from './frontier.js';
import { streamOf } from './parts.js';
import { within } from './runs.js';

/**
 * Erases sessions for good: every message, the bodies of their events, rows, stored replies and the scope names nobody
 * uses any more, under a PURGE event in each one's stream, which stays as hashes.
 */
export async function purgeSessions(
  { sources }: { readonly sources: Sources },
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    const messages = await idsFrom(writer, id, { sequence: 0 });
    const summaries = (await summariesOf(writer, id)).map(summary => summary.id);
    const owners = [
      ...(await withBody(writer, [...messages, ...summaries])),
      ...(await eventsOf(writer, id)),
    ];
    await erase(sources, writer, { sessionId: id, ids: [id], owners });
    await deleteMessages(writer, messages);
    await deleteSummaries(writer, summaries);
    await dropRepliesNaming(writer, id);
  }
  await deleteSessions(writer, ids);
  await dropUnusedScopes(writer);
}

type Purging = {
  readonly sessionId: string;
  readonly ids: readonly string[];
  /** Their first number, where they were visible. */
  readonly from?: number | undefined;
};

/** Erases messages of one session for good, and every summary above one of them. */
export async function purgeMessages(
  { sources }: { readonly sources: Sources },
  writer: Writer,
  { sessionId, ids: messages, from }: Purging,
): Promise<void> {
  const numbers = await numbersOf(writer, messages);
  const above = (await summariesOf(writer, sessionId)).filter(summary => {
    const runs = runsOf(summary);
    return numbers.some(number => within(runs, number));
  });
  const summaries = above.map(({ id }) => id);
  const ids = [...messages, ...summaries];
  const ending = from === undefined ? [] : await summariesToEnd(writer, sessionId, from);
  const ended = ending.filter(id => !summaries.includes(id));
  await erase(sources, writer, { sessionId, ids, owners: ids, ended });
  await deleteMessages(writer, messages);
  await deleteSummaries(writer, summaries);
  await dropRepliesNamingAny(writer, sessionId, ids);
}

async function eventsOf(reader: Reader, id: string): Promise<string[]> {
  const last = (await lastEvent(reader, streamOf(id)))?.sequence ?? 0;
  const owners = Array.from({ length: last }, (_, index) => eventOwner(streamOf(id), index + 1));
  return withBody(reader, owners);
}

type Erasing = {
  readonly sessionId: string;
  readonly ids: readonly string[];
  readonly owners: readonly string[];
  /** Summaries of what stays that stand no longer. */
  readonly ended?: readonly string[];
};

async function erase(
  sources: Sources,
  writer: Writer,
  { sessionId, ids, owners, ended = [] }: Erasing,
): Promise<void> {
  const stream = streamOf(sessionId);
  const at = sources.now();
  const payload = { ids, owners, ...(ended.length > 0 && { ended }) };
  await endSummaries(writer, ended, at);
  const sequence = await append(writer, sources, { stream, type: 'PURGE', at, payload });
  await purgeBodies(writer, owners, { stream, sequence });
}

import { append } from '../ledger/ledger.js';
import { eventOwner } from '../ledger/seal.js';
import type { Sources } from '../sources.js';
import { purgeBodies, withBody } from '../store/bodies.js';
import { lastEvent } from '../store/events.js';
import { dropRepliesNaming, dropRepliesNamingAny } from '../store/idempotency.js';
import { deleteMessages, idsFrom } from '../store/messages.js';
import { dropUnusedScopes } from '../store/scopes.js';
import { deleteSessions } from '../store/sessions.js';
import type { Reader, Writer } from '../store/store.js';
import { streamOf } from './parts.js';

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
    const owners = [...(await withBody(writer, messages)), ...(await eventsOf(writer, id))];
    await erase(sources, writer, { sessionId: id, ids: [id], owners });
    await deleteMessages(writer, messages);
    await dropRepliesNaming(writer, id);
  }
  await deleteSessions(writer, ids);
  await dropUnusedScopes(writer);
}

/** Erases messages of one session for good. */
export async function purgeMessages(
  { sources }: { readonly sources: Sources },
  writer: Writer,
  { sessionId, ids }: { readonly sessionId: string; readonly ids: readonly string[] },
): Promise<void> {
  await erase(sources, writer, { sessionId, ids, owners: ids });
  await deleteMessages(writer, ids);
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
};

async function erase(sources: Sources, writer: Writer, { sessionId, ids, owners }: Erasing): Promise<void> {
  const stream = streamOf(sessionId);
  const payload = { ids, owners };
  const sequence = await append(writer, sources, { stream, type: 'PURGE', at: sources.now(), payload });
  await purgeBodies(writer, owners, { stream, sequence });
}

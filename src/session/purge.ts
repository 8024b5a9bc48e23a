import { purgeUnkept } from '../blob/purge.js';
import { erase, ownersInStream } from '../ledger/erase.js';
import type { Sources } from '../sources.js';
import { bodiesBelow, withBody } from '../store/bodies.js';
import { dropRepliesNaming, dropRepliesNamingAny } from '../store/idempotency.js';
import { aliasesOf, importedCopies } from '../store/imports.js';
import { deleteMessages, idsFrom, numbersOf } from '../store/messages.js';
import { dropUnusedScopes } from '../store/scopes.js';
import { deleteSessions } from '../store/sessions.js';
import type { Reader, Writer } from '../store/store.js';
import { deleteSummaries, endSummaries, summariesOf } from '../store/summaries.js';
import { runsOf, summariesToEnd } from './frontier.js';
import { streamOf } from './parts.js';
import { within } from './runs.js';

/**
 * Erases sessions for good: every message, the bodies of their events, rows, stored replies, the blobs that only they
 * keep and the scope names nobody uses any more, under a PURGE event in each one's stream, which stays as hashes.
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
      ...(await withBody(writer, [...messages, ...summaries, ...(await importedHistory(writer, id))])),
      ...(await ownersInStream(writer, streamOf(id))),
    ];
    await erase(writer, sources, {
      stream: streamOf(id),
      at: sources.now(),
      payload: { ids: [id], owners },
    });
    await deleteMessages(writer, messages);
    await deleteSummaries(writer, summaries);
    await dropRepliesNaming(writer, id);
    await purgeUnkept({ sources }, writer, messages);
  }
  await deleteSessions(writer, ids);
  await dropUnusedScopes(writer);
}

/** What a session was imported from: its events where it came from, and all that they brought. */
async function importedHistory(reader: Reader, id: string): Promise<string[]> {
  const owners: string[] = [];
  for (const { import_id, foreign_id, local_id } of await aliasesOf(reader, id)) {
    if (local_id !== id) continue;
    const events = await bodiesBelow(reader, `${import_id}/event:${streamOf(foreign_id)}:`);
    for (const { owner, content } of events) {
      const { bodies = {} }: { bodies?: Readonly<Record<string, string>> } = JSON.parse(content);
      owners.push(owner, ...Object.keys(bodies).map(named => `${import_id}/${named}`));
    }
  }
  return owners;
}

type Purging = {
  readonly sessionId: string;
  readonly ids: readonly string[];
  /** Their first number, where they were visible. */
  readonly from?: number | undefined;
};

/** Erases messages of one session for good, every summary above one of them, and the blobs that only they keep. */
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
  const at = sources.now();
  await endSummaries(writer, ended, at);
  const copies = await withBody(writer, await importedCopies(writer, ids));
  const payload = { ids, owners: [...ids, ...copies], ...(ended.length > 0 && { ended }) };
  await erase(writer, sources, { stream: streamOf(sessionId), at, payload });
  await deleteMessages(writer, messages);
  await deleteSummaries(writer, summaries);
  await dropRepliesNamingAny(writer, sessionId, ids);
  await purgeUnkept({ sources }, writer, messages);
}

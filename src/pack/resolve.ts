import { streamOf } from '../run/parts.js';
import { isSessionId } from '../session/find.js';
import { bodyOf } from '../store/bodies.js';
import { aliasesOf, type ForeignEventWithBody, importAliases, importedEvents } from '../store/imports.js';
import { type StoredSession, sessionById } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { importedOwner } from './origins.js';

/** What an id that occurs in imported packs is called here, newest import first. Of those that only mention it nothing has that id. */
export async function localIds(reader: Reader, foreignId: string): Promise<readonly string[]> {
  const aliases = await aliasesOf(reader, foreignId);
  return aliases.flatMap(({ foreign_id, local_id }) => (foreign_id === foreignId ? local_id : []));
}

/** In the newest of them. */
export const localId = async (reader: Reader, foreignId: string): Promise<string | undefined> =>
  (await localIds(reader, foreignId))[0];

/** The conversations that a pack brought and that were not purged. */
export async function importedSessions(reader: Reader, importId: string): Promise<StoredSession[]> {
  const sessions: StoredSession[] = [];
  for (const { local_id } of await importAliases(reader, importId)) {
    const session = isSessionId(local_id) ? await sessionById(reader, local_id) : undefined;
    if (session) sessions.push(session);
  }
  return sessions;
}

export type ImportedText = {
  readonly import_id: string;
  /** The id it has in the pack. */
  readonly foreign_id: string;
  /** RFC 8785 text, byte for byte as it was hashed where it came from. */
  readonly content: string;
};

/** An imported episode by the id it had there or has here; undefined when it did not come along or was purged. */
export async function importedEpisode(reader: Reader, id: string): Promise<ImportedText | undefined> {
  for (const { import_id, foreign_id } of await aliasesOf(reader, id)) {
    const content = await bodyOf(reader, importedOwner(import_id, foreign_id));
    if (content !== undefined) return { import_id, foreign_id, content };
  }
  return undefined;
}

export type ImportedLedger = {
  readonly import_id: string;
  readonly events: readonly ForeignEventWithBody[];
};

/** Events of the history that an imported run had where it came from, after a sequence, by the id it had there. */
export async function importedLedger(
  reader: Reader,
  foreignRunId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ImportedLedger | undefined> {
  const stream = streamOf(foreignRunId);
  for (const { import_id: importId } of await aliasesOf(reader, foreignRunId)) {
    const [first] = await importedEvents(reader, { importId, stream, after: 0, limit: 1 });
    if (!first) continue;
    return { import_id: importId, events: await importedEvents(reader, { importId, stream, after, limit }) };
  }
  return undefined;
}

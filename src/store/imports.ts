import type { NewEvent } from './events.js';
import { everyRow } from './every-row.js';
import { type Into, insertAll } from './insert.js';
import { anyOf, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

export type ImportKind = 'run' | 'scope' | 'aos' | 'medallion';

/** A pack that was imported. `sha256` is that of its manifest, or of the whole file where it has none. */
export type ImportRow = {
  readonly id: string;
  readonly sha256: string;
  readonly kind: ImportKind;
  readonly at: number;
};

export async function insertImport(writer: Writer, { id, sha256, kind, at }: ImportRow): Promise<void> {
  await writer.run(sql`
    insert into import (namespace, id, sha256, kind, at)
    values (${writer.namespace}, ${id}, ${sha256}, ${kind}, ${at})`);
}

export const importBySha256 = (reader: Reader, sha256: string): Promise<ImportRow | undefined> =>
  reader.get(
    sql`select id, sha256, kind, at from import where namespace = ${reader.namespace} and sha256 = ${sha256}`,
  );

export const importById = (reader: Reader, id: string): Promise<ImportRow | undefined> =>
  reader.get(
    sql`select id, sha256, kind, at from import where namespace = ${reader.namespace} and id = ${id}`,
  );

export const allImports = (reader: Reader): Promise<ImportRow[]> =>
  reader.all(sql`select id, sha256, kind, at from import where namespace = ${reader.namespace} order by id`);

/** An event of an imported stream. Its type may be one that only a later version writes. */
export type ForeignEvent = Omit<NewEvent, 'type'> & { readonly type: string };

/** Those of a stream in order of their sequence. */
export const insertImportedEvents = (
  writer: Writer,
  importId: string,
  events: readonly ForeignEvent[],
): Promise<void> =>
  insertAll(
    writer,
    EVENTS,
    events.map(({ stream, sequence, type, at, body_hash, previous_hash, hash }) => [
      ...[importId, stream, sequence, type, at, body_hash, previous_hash, hash],
    ]),
  );

const EVENTS: Into = {
  table: 'imported_event',
  columns: ['import_id', 'stream', 'sequence', 'type', 'at', 'body_hash', 'previous_hash', 'hash'],
};

export type ForeignEventWithBody = ForeignEvent & {
  readonly salt: string | null;
  readonly content: string | null;
};

/** Events of an imported stream after `sequence`, in order, with the bodies that came along and were not purged. */
export const importedEvents = (
  reader: Reader,
  { importId, stream, after, limit }: ImportedPage,
): Promise<ForeignEventWithBody[]> =>
  reader.all(sql`
    select e.stream, e.sequence, e.type, e.at, e.body_hash, e.previous_hash, e.hash, b.salt, b.content
    from imported_event e
    left join body b on b.namespace = e.namespace and b.owner = e.import_id || '/event:' || e.stream || ':' || e.sequence
    where e.namespace = ${reader.namespace} and e.import_id = ${importId} and e.stream = ${stream} and e.sequence > ${after}
    order by e.sequence limit ${limit}`);

/** All of them. */
export const importedStream = (
  reader: Reader,
  importId: string,
  stream: string,
): AsyncGenerator<ForeignEventWithBody> =>
  everyRow({ by: 'sequence', from: 0 }, after =>
    importedEvents(reader, { importId, stream, after, limit: 1000 }),
  );

export type ImportedPage = {
  readonly importId: string;
  readonly stream: string;
  readonly after: number;
  readonly limit: number;
};

export async function importedStreams(reader: Reader, importId: string): Promise<string[]> {
  const rows = await reader.all<{ stream: string }>(sql`
    select distinct stream from imported_event
    where namespace = ${reader.namespace} and import_id = ${importId} order by stream`);
  return rows.map(row => row.stream);
}

/** What an import says of a body: its name where it came from, and its salted hash. */
export type ImportedBody = { readonly owner: string; readonly hash: string };

export const insertImportedBodies = (
  writer: Writer,
  importId: string,
  bodies: readonly ImportedBody[],
): Promise<void> =>
  insertAll(
    writer,
    BODIES,
    bodies.map(({ owner, hash }) => [importId, owner, hash]),
  );

const BODIES: Into = { table: 'imported_body', columns: ['import_id', 'owner', 'hash'] };

export const importedBodies = (reader: Reader, importId: string): Promise<ImportedBody[]> =>
  reader.all(sql`
    select owner, hash from imported_body
    where namespace = ${reader.namespace} and import_id = ${importId} order by owner`);

export type Alias = { readonly import_id: string; readonly foreign_id: string; readonly local_id: string };

export const insertAliases = (writer: Writer, aliases: readonly Alias[]): Promise<void> =>
  insertAll(
    writer,
    ALIASES,
    aliases.map(({ import_id, foreign_id, local_id }) => [import_id, foreign_id, local_id]),
  );

const ALIASES: Into = { table: 'alias', columns: ['import_id', 'foreign_id', 'local_id'] };

/** What an id of elsewhere is called here, newest import first; and the other way round. */
export const aliasesOf = (reader: Reader, id: string): Promise<Alias[]> =>
  reader.all(sql`
    select import_id, foreign_id, local_id from alias
    where namespace = ${reader.namespace} and (foreign_id = ${id} or local_id = ${id})
    order by import_id desc limit 100`);

export const importAliases = (reader: Reader, importId: string): Promise<Alias[]> =>
  reader.all(sql`
    select import_id, foreign_id, local_id from alias
    where namespace = ${reader.namespace} and import_id = ${importId} order by foreign_id`);

/** Under which owners the bodies lie from which these messages and summaries were imported. */
export async function importedCopies(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const rows = await reader.all<{ owner: string }>(sql`
    select import_id || '/' || foreign_id as owner from alias
    where namespace = ${reader.namespace} and local_id in ${anyOf(ids)} order by owner`);
  return rows.map(row => row.owner);
}

/** Under which owners the lines lie from which these memories were imported. */
export async function importedMemories(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const rows = await reader.all<{ owner: string }>(sql`
    select import_id || '/memory/' || foreign_id as owner from alias
    where namespace = ${reader.namespace} and local_id in ${anyOf(ids)} order by owner`);
  return rows.map(row => row.owner);
}

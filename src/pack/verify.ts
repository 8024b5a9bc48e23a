import { eventHash, eventOwner, FIRST_PREVIOUS_HASH } from '../ledger/seal.js';
import { differences } from '../store/differences.js';
import { wholeStream } from '../store/events.js';
import {
  allImports,
  type ForeignEvent,
  type ImportRow,
  importAliases,
  importedBodies,
  importedStream,
  importedStreams,
} from '../store/imports.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { importedOwner } from './origins.js';
import { type Heads, tableHash } from './retain.js';

const CHECK = {
  check: 'import',
  advice: 'Something stored was altered. Import the pack again into a new database.',
};

/** What the ledger says of an import. */
type Payload = {
  readonly import_id: string;
  readonly sha256: string;
  readonly kind: string;
  readonly heads: Heads;
  readonly artefacts: string;
  readonly aliases: string;
  readonly bodies: Readonly<Record<string, string>>;
};

/** Recomputes every imported chain and compares all rows about imports with the events that name them. */
export async function verifyImports(reader: Reader): Promise<Finding[]> {
  const payloads = await importsInLedger(reader);
  const rows = await allImports(reader);
  const expected = [...payloads.values()].map(({ import_id, sha256, kind, at }) =>
    rowText({ id: import_id, sha256, kind, at }),
  );
  const findings = differences(keyed(rows.map(rowText)), keyed(expected), CHECK);
  for (const { id } of rows) {
    const payload = payloads.get(id);
    if (payload) findings.push(...(await verifyImport(reader, payload)));
  }
  return findings;
}

async function importsInLedger(reader: Reader): Promise<Map<string, Payload & { at: number }>> {
  const found = new Map<string, Payload & { at: number }>();
  for await (const { type, at, content } of wholeStream(reader, 'admin')) {
    if (type !== 'PACK_IMPORTED' || content === null) continue;
    const payload: Payload = JSON.parse(content);
    found.set(payload.import_id, { ...payload, at });
  }
  return found;
}

const rowText = ({ id, sha256, kind, at }: Omit<ImportRow, 'kind'> & { readonly kind: string }): string =>
  canonicalJson({ id, sha256, kind, at });

const keyed = (texts: readonly string[]): Map<string, string> => new Map(texts.map(text => [text, text]));

async function verifyImport(reader: Reader, payload: Payload): Promise<Finding[]> {
  const { import_id, heads, bodies } = payload;
  const artefacts = await importedBodies(reader, import_id);
  const aliases = await importAliases(reader, import_id);
  const streams = await importedStreams(reader, import_id);
  const wrong = [
    ...(tableHash(artefacts.map(({ owner, hash }) => [owner, hash])) === payload.artefacts
      ? []
      : ['the list of its bodies was altered']),
    ...(tableHash(aliases.map(({ foreign_id, local_id }) => [foreign_id, local_id])) === payload.aliases
      ? []
      : ['its table of ids was altered']),
    ...(canonicalJson(streams) === canonicalJson(Object.keys(heads).sort())
      ? []
      : ['it has other streams than were imported']),
  ];
  for (const stream of streams) wrong.push(...(await verifyStream(reader, { payload, stream })));
  for (const { owner, hash } of artefacts) {
    const named = bodies[importedOwner(import_id, owner)];
    if (named !== undefined && named !== hash) wrong.push(`${owner} has another hash than was imported`);
  }
  return wrong.map(found => ({ ...CHECK, found: `${import_id}: ${found}` }));
}

type Checking = { readonly payload: Payload; readonly stream: string };

async function verifyStream(reader: Reader, { payload, stream }: Checking): Promise<string[]> {
  const { import_id: importId, heads, bodies } = payload;
  let last = { sequence: 0, hash: FIRST_PREVIOUS_HASH };
  for await (const event of importedStream(reader, importId, stream)) {
    const wrong = eventProblem(event, { last, body: bodies[ownerOf(importId, event)] });
    if (wrong) return [`${stream} event ${event.sequence} ${wrong}`];
    last = event;
  }
  const head = heads[stream];
  if (head?.sequence === last.sequence && head.hash === last.hash) return [];
  return [`${stream} does not end where it ended when it was imported`];
}

const ownerOf = (importId: string, { stream, sequence }: ForeignEvent): string =>
  importedOwner(importId, eventOwner(stream, sequence));

type Place = {
  readonly last: Pick<ForeignEvent, 'sequence' | 'hash'>;
  /** Hash of the body that came along. */
  readonly body: string | undefined;
};

function eventProblem(event: ForeignEvent, { last, body }: Place): string | undefined {
  if (event.sequence !== last.sequence + 1) return `follows ${last.sequence}`;
  if (event.previous_hash !== last.hash || event.hash !== eventHash(event))
    return 'does not continue its chain';
  return body === undefined || body === event.body_hash ? undefined : 'has another body';
}

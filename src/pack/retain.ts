import { append } from '../ledger/ledger.js';
import { eventOwner, sealBody } from '../ledger/seal.js';
import type { Artefact, LedgerLine, MessageLine } from '../schema/pack.js';
import type { Sources } from '../sources.js';
import { type Body, insertBodies } from '../store/bodies.js';
import {
  type ImportKind,
  insertAliases,
  insertImport,
  insertImportedBodies,
  insertImportedEvents,
} from '../store/imports.js';
import type { Writer } from '../store/store.js';
import { canonicalJson, sha256 as hashOf } from '../text/hash.js';
import { artefactsOf, messagesOf, type PackContent } from './content.js';
import { importedOwner, OWN } from './origins.js';

export type Retained = {
  readonly id: string;
  readonly sha256: string;
  readonly kind: ImportKind;
  readonly at: number;
  /** Whole streams, to be kept byte for byte. */
  readonly streams: PackContent['streams'];
  readonly artefacts: readonly Artefact[];
  /** Bodies whose very text was hashed. */
  readonly messages: readonly MessageLine[];
  /** What else there was, by owner: values that no event names. */
  readonly own: ReadonlyMap<string, unknown>;
  /** What each id that occurs in all this is called here. */
  readonly aliases: ReadonlyMap<string, string>;
};

/** What a pack brings besides streams and artefacts. */
export const ownOf = ({ manifest, workingSets, memories }: PackContent): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    [OWN.manifest, manifest],
    ...[...workingSets].map(([runId, set]) => [OWN.workingSet(runId), set] as const),
    ...memories.map(memory => [OWN.memory(memory.id), memory] as const),
  ]);

export const retainedFrom = (
  content: PackContent,
): Pick<Retained, 'streams' | 'artefacts' | 'messages' | 'own'> => ({
  streams: content.streams,
  artefacts: artefactsOf(content),
  messages: messagesOf(content),
  own: ownOf(content),
});

/**
 * Keeps what was imported under its origin: events with their hashes, bodies with their salts, and the table of ids, all
 * named by one event, so that nothing of it can be changed unnoticed.
 */
export async function retain(writer: Writer, sources: Sources, retained: Retained): Promise<void> {
  const { id, sha256, kind, at, streams, own, aliases } = retained;
  const artefacts = [...retained.artefacts, ...retained.messages];
  await insertImport(writer, { id, sha256, kind, at });
  const bodies = bodiesIn(retained, () => sources.newSalt());
  await insertBodies(writer, bodies);
  await insertImportedEvents(writer, id, [...streams.values()].flat());
  await insertImportedBodies(writer, id, artefacts);
  await insertAliases(
    writer,
    [...aliases].map(([foreign_id, local_id]) => ({ import_id: id, foreign_id, local_id })),
  );
  await append(writer, sources, {
    stream: 'admin',
    type: 'PACK_IMPORTED',
    at,
    payload: {
      import_id: id,
      sha256,
      kind,
      heads: headsOf(streams),
      artefacts: tableHash(artefacts.map(({ owner, hash }) => [owner, hash])),
      aliases: tableHash([...aliases]),
      own: [...own.keys()].sort(),
      bodies: Object.fromEntries(bodies.map(({ owner, hash }) => [owner, hash])),
    },
  });
}

/** One hash over rows, whatever their order. */
export const tableHash = (rows: readonly (readonly [string, string])[]): string =>
  hashOf(canonicalJson(rows.map(row => canonicalJson(row)).sort()));

export type Heads = Readonly<Record<string, Pick<LedgerLine, 'sequence' | 'hash'>>>;

const headsOf = (streams: Retained['streams']): Heads =>
  Object.fromEntries(
    [...streams].flatMap(([stream, lines]) => {
      const last = lines.at(-1);
      return last ? [[stream, { sequence: last.sequence, hash: last.hash }] as const] : [];
    }),
  );

function bodiesIn({ id, streams, artefacts, messages, own }: Retained, newSalt: () => string): Body[] {
  const events = [...streams.values()]
    .flat()
    .flatMap(({ stream, sequence, body_hash, salt, body }) =>
      kept(id, { owner: eventOwner(stream, sequence), hash: body_hash, salt, body }),
    );
  const others = [...own].map(([owner, value]) => sealBody(importedOwner(id, owner), newSalt(), value));
  const said = messages.flatMap(({ owner, hash, salt, content }) =>
    salt === null || content === null ? [] : { owner: importedOwner(id, owner), salt, hash, content },
  );
  return [...events, ...artefacts.flatMap(artefact => kept(id, artefact)), ...said, ...others];
}

const kept = (id: string, { owner, hash, salt, body }: Artefact): Body[] =>
  salt === null ? [] : [{ owner: importedOwner(id, owner), salt, hash, content: canonicalJson(body) }];

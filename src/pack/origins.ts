import { PortableMemory } from '../memory/portable.js';
import { type Artefact, type LedgerLine, PackManifest } from '../schema/pack.js';
import { WorkingSet } from '../schema/working-set.js';
import { streamOf as sessionStream } from '../session/parts.js';
import { bodiesBelow, bodiesOf, bodyOf } from '../store/bodies.js';
import {
  type ImportRow,
  importBySha256,
  importedBodies,
  importedStream,
  importedStreams,
} from '../store/imports.js';
import type { Reader } from '../store/store.js';
import type { PackContent } from './content.js';
import { linesFrom, medallionFrom, toArtefact, toTalk } from './gather.js';
import { namedBodies } from './named.js';

/** Where a run came from that was imported; it resolves nowhere and says which pack it was. */
export const packUri = (sha256: string): string => `pack://${sha256}`;

/** The pack that a run came from, by the SHA-256 of its manifest. */
export const packOf = (origin: string | null): string | undefined =>
  /^pack:\/\/([0-9a-f]{64})$/.exec(origin ?? '')?.[1];

/** Under which owner a body of a pack lies here. */
export const importedOwner = (importId: string, owner: string): string => `${importId}/${owner}`;

/** Owners of what a pack says besides what its events name. */
export const OWN = {
  manifest: 'manifest',
  memory: (id: string): string => `memory/${id}`,
  workingSet: (runId: string): string => `working_set/${runId}`,
} as const;

/** What these origins were imported from, and that in turn, by SHA-256 of the manifest. Purged ones are left out. */
export async function gatherOrigins(
  reader: Reader,
  uris: readonly (string | null)[],
): Promise<Map<string, PackContent>> {
  const origins = new Map<string, PackContent>();
  const waiting = uris.flatMap(uri => packOf(uri) ?? []);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const row = origins.has(next) ? undefined : await importBySha256(reader, next);
    const content = row && (await contentOf(reader, row));
    if (!content) continue;
    origins.set(next, content);
    waiting.push(...content.manifest.origins);
  }
  return origins;
}

/** A pack as it was imported, without its own origins; undefined when it had no manifest, or that or a working set was purged. */
export async function contentOf(reader: Reader, { id }: ImportRow): Promise<PackContent | undefined> {
  const manifest = PackManifest.safeParse(await storedValue(reader, id, OWN.manifest));
  if (!manifest.success) return undefined;
  const workingSets = new Map<string, WorkingSet>();
  for (const { run_id } of manifest.data.runs) {
    const set = WorkingSet.safeParse(await storedValue(reader, id, OWN.workingSet(run_id)));
    if (!set.success) return undefined;
    workingSets.set(run_id, set.data);
  }
  const found = await artefactsIn(reader, id);
  const medallionIds = [...new Set(found.flatMap(({ owner }) => /^(med_\w+)\//.exec(owner)?.[1] ?? []))];
  return {
    manifest: manifest.data,
    streams: await streamsOf(reader, id),
    talks: await talksIn(reader, id, manifest.data),
    blobs: [],
    episodes: found.filter(({ owner }) => owner.startsWith('epi_')),
    medallions: medallionIds.map(medallion => medallionFrom(medallion, found)),
    workingSets,
    memories: await memoriesIn(reader, id),
    origins: new Map(),
  };
}

async function storedValue(reader: Reader, importId: string, name: string): Promise<unknown> {
  const content = await bodyOf(reader, importedOwner(importId, name));
  return content && JSON.parse(content);
}

/** In order of id, as they were exported; those that were purged are gone. */
async function memoriesIn(reader: Reader, importId: string): Promise<PortableMemory[]> {
  const bodies = await bodiesBelow(reader, importedOwner(importId, OWN.memory('')));
  return bodies.map(({ content }) => PortableMemory.parse(JSON.parse(content)));
}

async function streamsOf(reader: Reader, importId: string): Promise<Map<string, LedgerLine[]>> {
  const streams = new Map<string, LedgerLine[]>();
  for (const stream of await importedStreams(reader, importId))
    streams.set(stream, await linesIn(reader, importId, stream));
  return streams;
}

const linesIn = (reader: Reader, importId: string, stream: string): Promise<LedgerLine[]> =>
  linesFrom(importedStream(reader, importId, stream));

/** Each session's messages and summaries: its own stream names them. */
async function talksIn(
  reader: Reader,
  importId: string,
  { sessions }: PackManifest,
): Promise<PackContent['talks']> {
  const rows = await importedBodies(reader, importId);
  const talks: PackContent['talks'][number][] = [];
  for (const { session_id } of sessions) {
    const { hashes } = namedBodies([await linesIn(reader, importId, sessionStream(session_id))]);
    const own = rows.filter(({ owner }) => hashes.has(owner));
    const stored = await bodiesOf(
      reader,
      own.map(({ owner }) => importedOwner(importId, owner)),
    );
    const bodies = new Map(
      own.flatMap(({ owner }) => {
        const body = stored.get(importedOwner(importId, owner));
        return body ? [[owner, body] as const] : [];
      }),
    );
    talks.push(toTalk(session_id, new Map(own.map(({ owner, hash }) => [owner, hash])), bodies));
  }
  return talks;
}

async function artefactsIn(reader: Reader, importId: string): Promise<Artefact[]> {
  const rows = (await importedBodies(reader, importId)).filter(({ owner }) => /^(?:epi|med)_/.test(owner));
  const owners = rows.map(({ owner }) => importedOwner(importId, owner));
  const bodies = await bodiesOf(reader, owners);
  return rows.map(({ owner, hash }) => toArtefact(owner, hash, bodies.get(importedOwner(importId, owner))));
}

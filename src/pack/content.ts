import { type PortableMemory, portableHash } from '../memory/portable.js';
import type { Artefact, LedgerLine, PackedMedallion, PackManifest } from '../schema/pack.js';
import type { WorkingSet } from '../schema/working-set.js';

/** What a pack holds, as values. */
export type PackContent = {
  readonly manifest: PackManifest;
  /** Whole streams by name. */
  readonly streams: ReadonlyMap<string, readonly LedgerLine[]>;
  readonly episodes: readonly Artefact[];
  readonly medallions: readonly PackedMedallion[];
  /** By run id. */
  readonly workingSets: ReadonlyMap<string, WorkingSet>;
  readonly memories: readonly PortableMemory[];
  /** What all this was imported from, by SHA-256 of the manifest. None has origins of its own here. */
  readonly origins: ReadonlyMap<string, PackContent>;
};

/** Every erasable content a pack has besides its events. */
export const artefactsOf = ({ episodes, medallions }: PackContent): readonly Artefact[] => [
  ...episodes,
  ...medallions.flatMap(({ versions, evidence }) => [...versions, ...evidence]),
];

/** A pack of which only hashes and the working sets go on. Without its salt a hash gives nothing away. */
export const withoutBodies = (content: PackContent): PackContent => ({
  ...content,
  streams: new Map([...content.streams].map(([name, lines]) => [name, lines.map(omit)])),
  episodes: content.episodes.map(omit),
  medallions: content.medallions.map(({ medallion_id, versions, evidence }) => ({
    medallion_id,
    versions: versions.map(omit),
    evidence: evidence.map(omit),
  })),
  memories: [],
  origins: new Map([...content.origins].map(([sha256, origin]) => [sha256, withoutBodies(origin)])),
});

/** The same without its body and salt. */
export const omit = <Sealed extends Pick<Artefact, 'salt' | 'body'>>(sealed: Sealed): Sealed => ({
  ...sealed,
  salt: null,
  body: null,
});

/** Whether a line of memories.jsonl is as it was written, to the last field. */
export const isIntact = (memory: PortableMemory): boolean => portableHash(memory) === memory.sha256;

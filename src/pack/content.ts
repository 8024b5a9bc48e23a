import { type PortableMemory, portableHash } from '../memory/portable.js';
import type {
  Artefact,
  BlobLine,
  LedgerLine,
  MessageLine,
  PackedMedallion,
  PackManifest,
} from '../schema/pack.js';
import type { WorkingSet } from '../schema/working-set.js';
import { canonicalJson, sha256 } from '../text/hash.js';

/** What a session's events brought, hidden or not. */
export type PackedTalk = {
  readonly session_id: string;
  readonly messages: readonly MessageLine[];
  readonly summaries: readonly Artefact[];
};

export type PackedBlob = { readonly line: BlobLine; readonly data: Uint8Array };

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
  readonly talks: readonly PackedTalk[];
  /** An origin has none: what its sessions became carries them. */
  readonly blobs: readonly PackedBlob[];
  /** What all this was imported from, by SHA-256 of the manifest. None has origins of its own here. */
  readonly origins: ReadonlyMap<string, PackContent>;
};

/** Every erasable content a pack has besides its events and messages. */
export const artefactsOf = ({ episodes, medallions, talks }: PackContent): readonly Artefact[] => [
  ...episodes,
  ...medallions.flatMap(({ versions, evidence }) => [...versions, ...evidence]),
  ...talks.flatMap(({ summaries }) => summaries),
];

export const messagesOf = ({ talks }: Pick<PackContent, 'talks'>): readonly MessageLine[] =>
  talks.flatMap(({ messages }) => messages);

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
  talks: content.talks.map(({ session_id, messages, summaries }) => ({
    session_id,
    messages: messages.map(message => ({ ...message, salt: null, content: null })),
    summaries: summaries.map(omit),
  })),
  blobs: [],
  origins: new Map([...content.origins].map(([sha256, origin]) => [sha256, withoutBodies(origin)])),
});

/** The same without its body and salt. */
export const omit = <Sealed extends Pick<Artefact, 'salt' | 'body'>>(sealed: Sealed): Sealed => ({
  ...sealed,
  salt: null,
  body: null,
});

/** A line of blobs.jsonl with the hash over the rest of it. */
export const sealedLine = (line: Omit<BlobLine, 'line_sha256'>): BlobLine => ({
  ...line,
  line_sha256: sha256(canonicalJson(line)),
});

/** Whether a line of memories.jsonl is as it was written, to the last field. */
export const isIntact = (memory: PortableMemory): boolean => portableHash(memory) === memory.sha256;

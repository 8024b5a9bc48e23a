import * as z from 'zod';
import { isRecord } from '../text/json.js';
import { EpisodeBody } from './episode.js';
import { Evidence, Medallion } from './medallion.js';

export const PACK_FORMAT = 'mintmark-pack';
export const PACK_VERSION = 1;

/** What a pack may hold beyond the run or the medallions it is made of. */
export const PACK_PARTS = ['memories', 'evidence', 'runs', 'sessions'] as const;
export type PackPart = (typeof PACK_PARTS)[number];

/** Which schema of `mintmark/schemas/` a file of a pack follows; in `.jsonl` every line does. */
export const PACK_SCHEMAS = [
  'working-set',
  'ledger-line',
  'episode-file',
  'medallion-file',
  'memory-line',
  'message-line',
  'summary-line',
  'blob-line',
  'pack-manifest',
] as const;
export type PackSchema = (typeof PACK_SCHEMAS)[number];

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Id = z.string().regex(/^[a-z]{3,4}_[0-9a-f]{32}$/);
const Salt = z.string().regex(/^[0-9A-Za-z-]{1,100}$/);
/** Names of streams and owners go into keys: plain ASCII only. */
const Name = z.string().regex(/^[!-~]{1,300}$/);
const ScopeNames = {
  graph_nodes: z.array(z.string().min(1).max(200)),
  tags: z.array(z.string().min(1).max(100)),
};

const PackFile = z.strictObject({
  name: z.string().min(1).max(300),
  sha256: Hash,
  bytes: z.int().min(0),
  /** Null for the bytes of a blob, which follow none. */
  schema: z.enum(PACK_SCHEMAS).nullable(),
});
export type PackFile = z.output<typeof PackFile>;

const PackedRun = z.strictObject({ run_id: Id, ...ScopeNames, working_set: z.string().max(300) });
export type PackedRun = z.output<typeof PackedRun>;

const PackedSession = z.strictObject({ session_id: Id, ...ScopeNames });
export type PackedSession = z.output<typeof PackedSession>;

/** The file `manifest.json` of a pack. It holds no time and nothing random: the same content gives the same bytes. */
export const PackManifest = z.strictObject({
  format: z.literal(PACK_FORMAT),
  version: z.literal(PACK_VERSION),
  kind: z.enum(['run', 'scope']),
  created_by: z.string().min(1).max(100),
  /** The run's scope, or that of a scope pack. */
  scope: z.strictObject(ScopeNames),
  runs: z.array(PackedRun),
  sessions: z.array(PackedSession),
  /** The last event of each stream of this pack itself, not of its origins. */
  heads: z.record(Name, z.strictObject({ sequence: z.int().min(1), hash: Hash })),
  include: z.array(z.enum(PACK_PARTS)),
  /** The history's bodies were left out and only their hashes kept. */
  redacted: z.boolean(),
  /** Packs that what is in this one was imported from: SHA-256 of their manifest, and name below `origins/`. */
  origins: z.array(Hash),
  /** Every file but this one. */
  files: z.array(PackFile),
});
export type PackManifest = z.output<typeof PackManifest>;

const isObject = (value: unknown): boolean => value === null || isRecord(value);

/** Any JSON object, by reference, so that nothing of what its hash covers is lost; null when it was left out or purged. */
const AnyBody = z
  .unknown()
  .refine(isObject, 'expected an object or null')
  .meta({ type: ['object', 'null'] });

/** An event, with its body and salt, or with neither. `hash` covers all but these; `body_hash` is SHA-256 of salt and RFC 8785 text of the body. */
export const LedgerLine = z.strictObject({
  stream: Name,
  sequence: z.int().min(1),
  type: z.string().regex(/^[A-Z_]{1,40}$/),
  /** Unix milliseconds. */
  at: z.int(),
  body_hash: Hash,
  previous_hash: Hash,
  hash: Hash,
  salt: Salt.nullable(),
  body: AnyBody,
});
export type LedgerLine = z.output<typeof LedgerLine>;

const sealed = {
  /** The name of the body where it was stored: an event of the same pack names it with the same hash. */
  owner: Name,
  /** SHA-256 of salt and RFC 8785 text of the body. */
  hash: Hash,
  salt: Salt.nullable(),
};

/** An erasable content with its salt, or only its hash. */
export const Artefact = z.strictObject({ ...sealed, body: AnyBody });
export type Artefact = z.output<typeof Artefact>;

/** The file `episodes/<id>.json`. */
export const EpisodeFile = z.strictObject({ ...sealed, body: EpisodeBody.nullable() });

const named = { medallion_id: Id };

/** The file `medallions/<id>.json`: every version, and the evidence behind them where it was included. */
export const MedallionFile = z.strictObject({
  ...named,
  versions: z.array(z.strictObject({ ...sealed, body: Medallion.nullable() })),
  evidence: z.array(z.strictObject({ ...sealed, body: Evidence.nullable() })),
});

/** The same file as it is carried: its bodies untouched. */
export const PackedMedallion = z.strictObject({
  ...named,
  versions: z.array(Artefact),
  evidence: z.array(Artefact),
});
export type PackedMedallion = z.output<typeof PackedMedallion>;

/** A line of `messages/<session id>.jsonl`: a message, or only its hash, which is SHA-256 of salt and `content`. */
export const MessageLine = z.strictObject({
  ...sealed,
  /** What follows `message.json`, as the text that was hashed: the order of keys is part of what was said. */
  content: z.string().nullable(),
});
export type MessageLine = z.output<typeof MessageLine>;

/** A line of `summaries/<session id>.jsonl`. */
export const SummaryLine = z.strictObject({
  ...sealed,
  /** `by` is the model that wrote it, where one did. */
  body: z.strictObject({ text: z.string(), by: z.string().max(1000).optional() }).nullable(),
});

/** A line of `blobs.jsonl`: what the file `blobs/<blob id>` is, whose bytes have this SHA-256. */
export const BlobLine = z.strictObject({
  blob_id: Id,
  sha256: Hash,
  bytes: z.int().min(1),
  name: z
    .string()
    .max(200)
    .regex(/^[^\p{Cc}\u2028\u2029]+$/u),
  mime: z
    .string()
    .max(100)
    .regex(/^[\w.+-]+\/[\w.+-]+(?:; ?charset=[\w-]+)?$/)
    .nullable(),
  ...ScopeNames,
  session_id: Id.nullable(),
  /** Whether it was stored for itself, and not only with a message. */
  put: z.boolean(),
  /** SHA-256 of the RFC 8785 text of this line without this field: no event of the pack names what it says. */
  line_sha256: Hash,
});
export type BlobLine = z.output<typeof BlobLine>;

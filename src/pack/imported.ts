import type { Writer } from '../store/store.js';
import type { Redaction } from '../text/redact.js';

/** Of a pack that has nothing. */
export const NONE = {
  runs: 0,
  events: 0,
  episodes: 0,
  medallions: 0,
  kept: 0,
  memories: 0,
  sessions: 0,
  messages: 0,
  blobs: 0,
  origins: 0,
} as const;

/** How many of each now exist here; `kept` medallions have a scope that had one already. */
export type Counts = Readonly<Record<keyof typeof NONE, number>>;

export type PackImported = {
  readonly import_id: string;
  readonly kind: string;
  /** The run that goes on here, of a pack that holds one. */
  readonly run_id?: string;
  readonly run_ids?: readonly string[];
  readonly medallion_ids?: readonly string[];
  /** Conversations that can be continued here. */
  readonly session_ids?: readonly string[];
  /** Memories that wait for a decision, or were committed where policy allows. */
  readonly batch_ids?: readonly string[];
  readonly imported?: Counts;
  /** The same pack was imported before; nothing was changed. */
  readonly already_imported?: true;
  readonly redacted?: readonly Redaction[];
  readonly note?: string;
  readonly scope: string;
};

/** What was read and verified, ready to be written in one transaction. */
export type Prepared = {
  /** Identity: of the manifest, or of the whole file where there is none. */
  readonly sha256: string;
  readonly redactions: readonly Redaction[];
  write(writer: Writer): Promise<PackImported>;
};

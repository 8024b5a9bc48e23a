import type { Tokens } from './access/tokens.js';
import type { Putting } from './blob/given.js';
import type { BlobPut } from './blob/put.js';
import type { ShownBlob } from './blob/read.js';
import type { Checkpointed } from './checkpoint/checkpoint.js';
import type { Load, Loaded } from './checkpoint/load.js';
import type { Reading, ShownMedallion } from './checkpoint/read.js';
import type { Config } from './config/load.js';
import type { Compacted, Compacting } from './context/compact.js';
import type { Context, ContextRequest } from './context/context.js';
import type { Fetch, Fetched } from './fetch/fetch.js';
import type { Diagnosis } from './health/doctor.js';
import type { Status } from './health/status.js';
import type { Vitals } from './health/vitals.js';
import type { Replayable } from './ledger/ledger.js';
import type { Listener } from './ledger/subscribe.js';
import type { Decided, Decision } from './memory/commit.js';
import type { Forgetting, Forgotten } from './memory/forget.js';
import type { Known } from './memory/known.js';
import type { Maintenance } from './memory/maintain.js';
import type { Pending } from './memory/pending.js';
import type { ExportPage, PortableMemory } from './memory/portable.js';
import type { Proposal, Proposed } from './memory/propose.js';
import type { Shown } from './memory/read.js';
import type { PackExport } from './pack/asked.js';
import type { PackExported } from './pack/export.js';
import type { PackImport } from './pack/import.js';
import type { PackImported } from './pack/imported.js';
import type { Opened, Opening } from './run/opening.js';
import type { LedgerPage, ShownLedger, ShownRun } from './run/read.js';
import type { Recorded, Recording } from './run/record.js';
import type { Sealed, Sealing } from './run/seal.js';
import type { Patched, Patching } from './run/update.js';
import type { Call } from './schema/call.js';
import type { Page, Titled } from './schema/listing.js';
import type { Checkpoint } from './schema/medallion.js';
import type { ProposedChange } from './schema/memory.js';
import type { Reindexed, Reindexing } from './search/reindex.js';
import type { Search, SearchReply } from './search/search.js';
import type { Appended, Appending } from './session/append.js';
import type { SessionReading, ShownSession } from './session/read.js';
import type { Rewinding, Rewound } from './session/rewind.js';

/** In order of id, after one; and the ids that begin with what was typed. Of the home scope and global. */
type Listing = {
  list(page: Page, call?: Call): Promise<Titled[]>;
  complete(prefix: string, call?: Call): Promise<string[]>;
};

/** The library. Methods take the same fields as the tool of the same name and throw EngineError. */
export type Engine = {
  readonly config: Config;
  readonly version: string;
  /** A call of this engine's namespace and home, as an agent unless told otherwise. */
  call(overrides?: Partial<Call>): Call;
  readonly memories: Listing & {
    propose(input: Proposal, call?: Call): Promise<Replayable<Proposed>>;
    decide(input: Decision, call?: Call): Promise<Replayable<Decided>>;
    forget(input: Forgetting, call?: Call): Promise<Replayable<Forgotten>>;
    pending(call?: Call): Promise<Pending[]>;
    read(id: string, call?: Call): Promise<Shown>;
    /** Whether each addition is sound and which active memory says the same in the same scope, before proposing them. */
    known(changes: readonly ProposedChange[], call?: Call): Promise<Known[]>;
    /** Memories of all scopes unless nodes are named, for a copy elsewhere: those that took effect and were not purged. */
    exportPage(page: ExportPage, call?: Call): Promise<PortableMemory[]>;
  };
  readonly medallions: Listing & {
    checkpoint(input: Checkpoint, call?: Call): Promise<Replayable<Checkpointed>>;
    read(reading: Reading, call?: Call): Promise<ShownMedallion>;
    completeVersion(
      version: { readonly id: string; readonly prefix: string },
      call?: Call,
    ): Promise<string[]>;
  };
  /** Runs are named by id, `run://` URI or external id. */
  readonly runs: Listing & {
    open(input: Opening, call?: Call): Promise<Replayable<Opened>>;
    patch(input: Patching, call?: Call): Promise<Replayable<Patched>>;
    record(input: Recording, call?: Call): Promise<Replayable<Recorded>>;
    read(ref: string, call?: Call): Promise<ShownRun>;
    ledger(page: LedgerPage & { readonly ref: string }, call?: Call): Promise<ShownLedger>;
  };
  readonly episodes: Listing & {
    seal(input: Sealing, call?: Call): Promise<Replayable<Sealed>>;
    read(ref: string, call?: Call): Promise<ShownRun>;
  };
  readonly sessions: Listing & {
    append(input: Appending, call?: Call): Promise<Replayable<Appended>>;
    rewind(input: Rewinding, call?: Call): Promise<Replayable<Rewound>>;
    read(reading: SessionReading, call?: Call): Promise<ShownSession>;
    readMessage(id: string, call?: Call): Promise<ShownSession>;
    /** The text of a summary and, with `whole`, exactly the messages it covers. */
    readSummary(
      reading: { readonly id: string; readonly whole?: boolean },
      call?: Call,
    ): Promise<ShownSession>;
  };
  readonly context: {
    /** The context that fits a model, from a session or from messages given; it writes nothing. */
    build(request: ContextRequest, call?: Call): Promise<Context>;
    /** Puts the oldest messages of a session under a summary, the writer's if none is given, or answers a request. */
    compact(input: Compacting, call?: Call): Promise<Replayable<Compacted>>;
  };
  readonly blobs: Listing & {
    /** Keeps a text or a file by the hash of its bytes, with an outline; it never changes. */
    put(input: Putting, call?: Call): Promise<Replayable<BlobPut>>;
    /** By id or URI, with the bytes as they were stored. */
    read(ref: string, call?: Call): Promise<ShownBlob>;
  };
  readonly packs: {
    /** Writes a run or a scope to a zip that is the same bytes for the same content. */
    export(input: PackExport, call?: Call): Promise<Replayable<PackExported>>;
    /** All of a pack or nothing, after all of it was verified. */
    import(input: PackImport, call?: Call): Promise<Replayable<PackImported>>;
    /** What an id that occurs in an imported pack is called here. */
    resolve(foreignId: string, call?: Call): Promise<string | undefined>;
  };
  /** What to know before working in a scope, as one text. */
  load(input: Load, call?: Call): Promise<Loaded>;
  search(input: Search, call?: Call): Promise<SearchReply>;
  fetch(input: Fetch, call?: Call): Promise<Fetched>;
  status(call?: Call): Promise<Status>;
  /** Figures of the whole namespace for who runs it, cheap enough to be asked for every few seconds. */
  vitals(call?: Call): Promise<Vitals>;
  /** Who may call over HTTP, whichever namespace they work in. */
  readonly tokens: Tokens;
  /** Checks the store; `deep` also every content hash, row and index entry. */
  verify(options: { readonly deep: boolean }, call?: Call): Promise<Diagnosis>;
  maintain(call?: Call): Promise<Maintenance>;
  /** Hears every committed event, whichever process wrote it, within a second. Resolves to the way to stop. */
  subscribe(listener: Listener, call?: Call): Promise<() => void>;
  /** Makes every vector that is missing, and all of them anew with `fresh`; removes other models' vectors when done. */
  reindex(asked?: Reindexing, call?: Call): Promise<Reindexed>;
  /** Opens a database that is there before anything needs it: that takes as long as several calls. Creates nothing. */
  prepare(): Promise<void>;
  /** Resolves when the work after replies (compaction, embedding) is done. */
  settled(): Promise<void>;
  /** Ends that work where it is: nothing is half done, and whoever opens the database next goes on. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

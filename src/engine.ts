import type { Putting } from './blob/given.js';
import { type BlobPut, putBlob } from './blob/put.js';
import { completeBlobIds, type ListedBlob, listBlobs, readBlob, type ShownBlob } from './blob/read.js';
import { type Checkpointed, checkpoint } from './checkpoint/checkpoint.js';
import { type Load, type Loaded, load } from './checkpoint/load.js';
import { readMedallionOrigin } from './checkpoint/origin.js';
import {
  completeMedallions,
  completeVersions,
  type ListedMedallion,
  listMedallions,
  type Reading,
  readMedallion,
  type ShownMedallion,
} from './checkpoint/read.js';
import { homeScope } from './config/home.js';
import { type Config, type PartialOptions, resolveOptions } from './config/load.js';
import { namespaceFile } from './config/paths.js';
import { buildContext, type Context, type ContextRequest } from './context/context.js';
import { type Fetch, type Fetched, fetch } from './fetch/fetch.js';
import { forget } from './forget/forget.js';
import { type Diagnosis, doctor } from './health/doctor.js';
import { type Status, status } from './health/status.js';
import type { Replayable } from './ledger/ledger.js';
import { Feed, type Listener } from './ledger/subscribe.js';
import { type Decided, type Decision, decide } from './memory/commit.js';
import type { Forgetting, Forgotten } from './memory/forget.js';
import { type Known, known } from './memory/known.js';
import { type Maintenance, maintain } from './memory/maintain.js';
import { type Pending, pending } from './memory/pending.js';
import { type ExportPage, exportPage, type PortableMemory } from './memory/portable.js';
import { type Proposal, type Proposed, propose } from './memory/propose.js';
import { completeIds, type Listed, listMemories, readMemory, type Shown } from './memory/read.js';
import { exportPack, type PackExport, type PackExported } from './pack/export.js';
import { importPack, type PackImport } from './pack/import.js';
import type { PackImported } from './pack/imported.js';
import { localId } from './pack/resolve.js';
import { completeEpisodeIds, completeRunIds, listEpisodes, listRuns, type TitledRun } from './run/list.js';
import { openRun } from './run/open.js';
import type { Opened, Opening } from './run/opening.js';
import { RUN_ORIGINS } from './run/origin.js';
import {
  type LedgerPage,
  readEpisode,
  readRun,
  readRunLedger,
  type ShownLedger,
  type ShownRun,
} from './run/read.js';
import { type Recorded, type Recording, recordEvents } from './run/record.js';
import { type Sealed, type Sealing, sealEpisode } from './run/seal.js';
import { type Patched, type Patching, patchWorkingSet } from './run/update.js';
import type { Call } from './schema/call.js';
import type { Checkpoint } from './schema/medallion.js';
import type { ProposedChange } from './schema/memory.js';
import type { Home } from './schema/scope.js';
import { type Search, type SearchReply, search } from './search/search.js';
import { type Appended, type Appending, appendMessages } from './session/append.js';
import { completeSessionIds, listSessions, type TitledSession } from './session/list.js';
import { readMessage, readSession, type SessionReading, type ShownSession } from './session/read.js';
import { type Rewinding, type Rewound, rewind } from './session/rewind.js';
import { type Sources, systemSources } from './sources.js';
import { openSqlite } from './store/sqlite/sqlite.js';
import { VERSION } from './version.js';

export { ApprovalNeeded, EngineError, type ErrorCode } from './errors.js';
export type { Call } from './schema/call.js';
export type { ProposedChange } from './schema/memory.js';
export type {
  Appended,
  Appending,
  BlobPut,
  Checkpoint,
  Checkpointed,
  Config,
  Context,
  ContextRequest,
  Decided,
  Decision,
  Diagnosis,
  Fetch,
  Fetched,
  Forgetting,
  Forgotten,
  Listener,
  Load,
  Loaded,
  Opened,
  Opening,
  PartialOptions,
  Patched,
  Patching,
  Pending,
  Proposal,
  Proposed,
  Putting,
  Recorded,
  Recording,
  Rewinding,
  Rewound,
  Sealed,
  Sealing,
  Search,
  SearchReply,
  Sources,
  Status,
};

/** In order of id, after one; and the ids that begin with what was typed. Of the home scope and global. */
type Listing<Listed> = {
  list(
    page: { readonly afterId?: string | undefined; readonly limit: number },
    call?: Call,
  ): Promise<Listed[]>;
  complete(prefix: string, call?: Call): Promise<string[]>;
};

/** The library. Methods take the same fields as the tool of the same name and throw EngineError. */
export type Engine = {
  readonly config: Config;
  readonly version: string;
  /** A call of this engine's namespace and home, as an agent unless told otherwise. */
  call(overrides?: Partial<Call>): Call;
  readonly memories: Listing<Listed> & {
    propose(input: Proposal, call?: Call): Promise<Replayable<Proposed>>;
    decide(input: Decision, call?: Call): Promise<Replayable<Decided>>;
    forget(input: Forgetting, call?: Call): Promise<Replayable<Forgotten>>;
    pending(call?: Call): Promise<Pending[]>;
    read(id: string, call?: Call): Promise<Shown>;
    /** Whether each addition is sound and which active memory says the same in the same scope, before proposing them. */
    known(changes: readonly ProposedChange[], call?: Call): Promise<Known[]>;
    /** Memories of all scopes, for a copy elsewhere: those that took effect and were not purged. */
    exportPage(page: ExportPage, call?: Call): Promise<PortableMemory[]>;
  };
  readonly medallions: Listing<ListedMedallion> & {
    checkpoint(input: Checkpoint, call?: Call): Promise<Replayable<Checkpointed>>;
    read(reading: Reading, call?: Call): Promise<ShownMedallion>;
    completeVersion(
      version: { readonly id: string; readonly prefix: string },
      call?: Call,
    ): Promise<string[]>;
  };
  /** Runs are named by id, `run://` URI or external id. */
  readonly runs: Listing<TitledRun> & {
    open(input: Opening, call?: Call): Promise<Replayable<Opened>>;
    patch(input: Patching, call?: Call): Promise<Replayable<Patched>>;
    record(input: Recording, call?: Call): Promise<Replayable<Recorded>>;
    read(ref: string, call?: Call): Promise<ShownRun>;
    ledger(page: LedgerPage & { readonly ref: string }, call?: Call): Promise<ShownLedger>;
  };
  readonly episodes: Listing<TitledRun> & {
    seal(input: Sealing, call?: Call): Promise<Replayable<Sealed>>;
    read(ref: string, call?: Call): Promise<ShownRun>;
  };
  readonly sessions: {
    append(input: Appending, call?: Call): Promise<Replayable<Appended>>;
    rewind(input: Rewinding, call?: Call): Promise<Replayable<Rewound>>;
    read(reading: SessionReading, call?: Call): Promise<ShownSession>;
    readMessage(id: string, call?: Call): Promise<ShownSession>;
    list(
      page: { readonly afterId?: string | undefined; readonly limit: number },
      call?: Call,
    ): Promise<TitledSession[]>;
    complete(prefix: string, call?: Call): Promise<string[]>;
  };
  readonly context: {
    /** The context that fits a model, from a session or from messages given; it writes nothing. */
    build(request: ContextRequest, call?: Call): Promise<Context>;
  };
  readonly blobs: Listing<ListedBlob> & {
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
  /** Checks the store; `deep` also every content hash, row and index entry. */
  verify(options: { readonly deep: boolean }, call?: Call): Promise<Diagnosis>;
  maintain(call?: Call): Promise<Maintenance>;
  /** Hears every committed event, whichever process wrote it, within a second. Resolves to the way to stop. */
  subscribe(listener: Listener, call?: Call): Promise<() => void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type EngineOptions = PartialOptions & {
  readonly home?: Home | undefined;
  readonly sources?: Sources | undefined;
};

/** Opens the engine. The database is opened on first use, so that a server can answer before it has read anything. */
export function openEngine({ home, sources = systemSources, ...partial }: EngineOptions = {}): Engine {
  return composeEngine(resolveOptions(partial), {
    sources,
    home: home ?? homeScope({ cwd: process.cwd(), scope: partial.scope }),
  });
}

/** The composition root: the one place that knows every noun and the whole configuration. */
export function composeEngine(
  config: Config,
  { sources, home }: { readonly sources: Sources; readonly home: Home },
): Engine {
  const store = openSqlite({
    fileOf: namespace => namespaceFile(config.db, namespace),
    durability: config.durability,
    busyTimeoutMs: config.busyTimeoutMs,
  });
  const parts = { store, sources, options: config };
  const runParts = { ...parts, origins: { ...RUN_ORIGINS, medallion: readMedallionOrigin } };
  const packParts = { ...parts, version: `mintmark ${VERSION}` };
  const feed = new Feed(store, config.pollMs);
  const own: Call = { namespace: config.namespace, home, trust: 'agent', approval: 'unavailable' };
  const close = async () => {
    feed.close();
    await store.close();
  };
  return {
    config,
    version: VERSION,
    call: overrides => ({ ...own, ...overrides }),
    memories: {
      propose: (input, call = own) => propose(parts, input, call),
      decide: (input, call = own) => decide(parts, input, call),
      forget: (input, call = own) => forget(parts, input, call),
      pending: (call = own) => pending(store, call),
      read: (id, call = own) => readMemory(store, call, { id }),
      list: (page, call = own) => listMemories(store, call, page),
      complete: (prefix, call = own) => completeIds(store, call, prefix),
      known: (changes, call = own) => known(parts, changes, call),
      exportPage: (page, call = own) => exportPage(store, call.namespace, page),
    },
    medallions: {
      checkpoint: (input, call = own) => checkpoint(parts, input, call),
      read: (reading, call = own) => readMedallion(parts, call, reading),
      list: (page, call = own) => listMedallions(store, call, page),
      complete: (prefix, call = own) => completeMedallions(store, call, prefix),
      completeVersion: (version, call = own) => completeVersions(store, call, version),
    },
    runs: {
      open: (input, call = own) => openRun(runParts, input, call),
      patch: (input, call = own) => patchWorkingSet(runParts, input, call),
      record: (input, call = own) => recordEvents(runParts, input, call),
      read: (ref, call = own) => readRun(store, call, ref),
      ledger: (page, call = own) => readRunLedger(store, call, page),
      list: (page, call = own) => listRuns(store, call, page),
      complete: (prefix, call = own) => completeRunIds(store, call, prefix),
    },
    episodes: {
      seal: (input, call = own) => sealEpisode(runParts, input, call),
      read: (ref, call = own) => readEpisode(store, call, ref),
      list: (page, call = own) => listEpisodes(store, call, page),
      complete: (prefix, call = own) => completeEpisodeIds(store, call, prefix),
    },
    sessions: {
      append: (input, call = own) => appendMessages(parts, input, call),
      rewind: (input, call = own) => rewind(parts, input, call),
      read: (reading, call = own) => readSession(store, call, reading),
      readMessage: (id, call = own) => readMessage(store, call, id),
      list: (page, call = own) => listSessions(store, call, page),
      complete: (prefix, call = own) => completeSessionIds(store, call, prefix),
    },
    context: { build: (request, call = own) => buildContext(parts, request, call) },
    blobs: {
      put: (input, call = own) => putBlob(parts, input, call),
      read: (ref, call = own) => readBlob(store, call, ref),
      list: (page, call = own) => listBlobs(store, call, page),
      complete: (prefix, call = own) => completeBlobIds(store, call, prefix),
    },
    packs: {
      export: (input, call = own) => exportPack(packParts, input, call),
      import: (input, call = own) => importPack(packParts, input, call),
      resolve: (id, call = own) => store.read(call.namespace, reader => localId(reader, id)),
    },
    load: (input, call = own) => load(parts, input, call),
    search: (input, call = own) => search(parts, input, call),
    fetch: (input, call = own) => fetch(parts, input, call),
    status: (call = own) => status(store, { version: VERSION, warnings: config.warnings }, call),
    verify: (options, call = own) => doctor(store, call.namespace, options),
    maintain: (call = own) => maintain(parts, call),
    subscribe: (listener, call = own) => feed.subscribe(call.namespace, listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

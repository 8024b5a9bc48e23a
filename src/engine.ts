import { existsSync } from 'node:fs';
import { tokensIn } from './access/tokens.js';
import { Background } from './background.js';
import type { Putting } from './blob/given.js';
import { type BlobPut, putBlob } from './blob/put.js';
import { completeBlobIds, listBlobs, readBlob } from './blob/read.js';
import { type Checkpointed, checkpoint } from './checkpoint/checkpoint.js';
import { type Load, type Loaded, load } from './checkpoint/load.js';
import { readMedallionOrigin } from './checkpoint/origin.js';
import { completeMedallions, completeVersions, listMedallions, readMedallion } from './checkpoint/read.js';
import { homeScope } from './config/home.js';
import { type Config, type PartialOptions, resolveOptions } from './config/load.js';
import { options } from './config/options.js';
import { checkNamespace, namespaceFile, workingFolder } from './config/paths.js';
import { type Compacted, type Compacting, compact } from './context/compact.js';
import { buildContext, type Context, type ContextRequest } from './context/context.js';
import { tendLater } from './context/tend.js';
import { upkeepOf } from './context/upkeep.js';
import { EngineError } from './errors.js';
import { type Fetch, type Fetched, fetch } from './fetch/fetch.js';
import { forget } from './forget/forget.js';
import { type Diagnosis, doctor } from './health/doctor.js';
import { type Status, status } from './health/status.js';
import { type Vitals, vitals } from './health/vitals.js';
import { Feed, type Listener } from './ledger/subscribe.js';
import type { Engine } from './library.js';
import { type Decided, type Decision, decide } from './memory/commit.js';
import type { Forgetting, Forgotten } from './memory/forget.js';
import { known } from './memory/known.js';
import { maintain } from './memory/maintain.js';
import { type Pending, pending } from './memory/pending.js';
import { exportPage } from './memory/portable.js';
import { type Proposal, type Proposed, propose } from './memory/propose.js';
import { completeIds, listMemories, readMemory } from './memory/read.js';
import type { Embedder } from './models/embedder.js';
import { embedderSource } from './models/open.js';
import type { Reranker } from './models/reranker.js';
import { configuredReranker } from './models/rerankers/http.js';
import { Qdrant } from './models/vector-indexes/qdrant.js';
import { configuredWriter } from './models/writers/configured.js';
import { openStore } from './open-store.js';
import { exportPack } from './pack/export.js';
import { importPack } from './pack/import.js';
import { alsoImported } from './pack/origin.js';
import { localId } from './pack/resolve.js';
import { buildWhatIsLeft } from './passage/build.js';
import { completeEpisodeIds, completeRunIds, listEpisodes, listRuns } from './run/list.js';
import { openRun } from './run/open.js';
import type { Opened, Opening } from './run/opening.js';
import { RUN_ORIGINS } from './run/origin.js';
import { readEpisode, readRun, readRunLedger } from './run/read.js';
import { type Recorded, type Recording, recordEvents } from './run/record.js';
import { type Sealed, type Sealing, sealEpisode } from './run/seal.js';
import { type Patched, type Patching, patchWorkingSet } from './run/update.js';
import type { Call } from './schema/call.js';
import type { Checkpoint } from './schema/medallion.js';
import type { Home } from './schema/scope.js';
import type { Writer, Writing } from './schema/writer.js';
import { Embedding } from './search/embedding.js';
import { type Search, type SearchReply, search } from './search/search.js';
import type { FeatureWeights } from './search/weights.js';
import { type Appended, type Appending, appendMessages } from './session/append.js';
import { readSummary } from './session/expand.js';
import { demandSession } from './session/find.js';
import { completeSessionIds, listSessions } from './session/list.js';
import { readMessage, readSession } from './session/read.js';
import { type Rewinding, type Rewound, rewind } from './session/rewind.js';
import { type Sources, systemSources } from './sources.js';
import { untilClosed } from './store/closed.js';
import { onFirstUse } from './store/first-use.js';
import { VERSION } from './version.js';

export { ApprovalNeeded, EngineError, type ErrorCode } from './errors.js';
export type { Engine } from './library.js';
export type { Embedder, EmbeddingKind, EmbedOptions } from './models/embedder.js';
export type { Reranker, Reranking } from './models/reranker.js';
export type { Call } from './schema/call.js';
export type { ProposedChange } from './schema/memory.js';
export type {
  Appended,
  Appending,
  BlobPut,
  Checkpoint,
  Checkpointed,
  Compacted,
  Compacting,
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
  Vitals,
  Writer,
  Writing,
};

export type EngineOptions = Omit<PartialOptions, 'writer' | 'embedder'> & {
  /** Where the model that writes summaries and drafts is, or one of the caller's. */
  readonly writer?: Writer | PartialOptions['writer'];
  readonly home?: Home | undefined;
  readonly sources?: Sources | undefined;
  /** A configured embedder by its name, or one of the caller's. */
  readonly embedder?: Config['embedder'] | Embedder | undefined;
  /** One of the caller's, instead of that at `rerankUrl`. */
  readonly reranker?: Reranker | undefined;
};

/** Opens the engine. The database is opened on first use, so that a server can answer before it has read anything. */
export function openEngine({
  home,
  sources = systemSources,
  writer,
  embedder,
  reranker,
  ...partial
}: EngineOptions = {}): Engine {
  const own = {
    ...(typeof writer === 'object' && { writer }),
    ...(typeof embedder === 'object' && { embedder }),
  };
  const named = {
    ...(typeof writer === 'string' && { writer }),
    ...(typeof embedder === 'string' && { embedder }),
  };
  return composeEngine(resolveOptions({ ...partial, ...named }), {
    ...own,
    reranker,
    sources,
    home: home ?? homeScope({ cwd: workingFolder(), scope: partial.scope }),
  });
}

type Composition = {
  readonly sources: Sources;
  readonly home: Home;
  readonly writer?: Writer;
  readonly embedder?: Embedder | undefined;
  readonly reranker?: Reranker | undefined;
  /** For benches: what features of hits count, see WEIGHTS. */
  readonly weights?: FeatureWeights | undefined;
};

/** The composition root: the one place that knows every noun and the whole configuration. */
export function composeEngine(
  config: Config,
  { sources, home, writer, embedder, reranker: given, weights }: Composition,
): Engine {
  const closing = new AbortController();
  const file = openStore(config.db, config, closing.signal);
  const source = embedderSource(config, embedder);
  const index = config.vectorIndex && new Qdrant(config.vectorIndex);
  const embedding =
    source && new Embedding({ store: file, sources, embedder: source, index, options: config });
  const background = new Background();
  const watched = embedding?.watch(file) ?? file;
  // What is under way after a reply may still write that it ended.
  const whole = onFirstUse(watched, namespace =>
    background.later(`index ${namespace}`, signal => buildWhatIsLeft({ store: watched, namespace, signal })),
  );
  const store = untilClosed(whole, closing.signal);
  const parts = { store, sources, options: config, semantic: embedding?.semantic };
  const reranker = given ?? configuredReranker(config);
  const rerank = reranker && { reranker, options: config };
  const runParts = { ...parts, origins: alsoImported({ ...RUN_ORIGINS, medallion: readMedallionOrigin }) };
  const sessionParts = { ...parts, upkeep: upkeepOf(parts) };
  const contextParts = { ...parts, model: writer ?? configuredWriter(config) };
  const packParts = { ...parts, version: `mintmark ${VERSION}` };
  const feed = new Feed(store, config.pollMs);
  const own: Call = { namespace: config.namespace, home, trust: 'agent', approval: 'unavailable' };
  const waiting = () => ({ now: sources.now(), batchExpiryDays: config.batchExpiryDays });
  const close = async () => {
    closing.abort();
    feed.close();
    await Promise.all([background.close(), embedding?.close()]);
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
      pending: (call = own) => pending(parts, call),
      read: (id, call = own) => readMemory(store, call, { id }),
      list: (page, call = own) => listMemories(store, call, page),
      complete: (prefix, call = own) => completeIds(store, call, prefix),
      known: (changes, call = own) => known(parts, changes, call),
      exportPage: (page, call = own) => exportPage(store, call.namespace, page),
    },
    medallions: {
      checkpoint: (input, call = own) => checkpoint(contextParts, input, call),
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
      append: async (input, call = own) => {
        const reply = await appendMessages(sessionParts, input, call);
        tendLater({ ...contextParts, store: whole }, background, { reply, namespace: call.namespace });
        return reply;
      },
      rewind: (input, call = own) => rewind(parts, input, call),
      read: (reading, call = own) => readSession(store, call, reading),
      readMessage: (id, call = own) => readMessage(store, call, id),
      readSummary: (reading, call = own) => readSummary(store, call, reading),
      list: (page, call = own) => listSessions(store, call, page),
      complete: (prefix, call = own) => completeSessionIds(store, call, prefix),
    },
    context: {
      build: (request, call = own) => buildContext(parts, request, call),
      compact: (input, call = own) => compact(contextParts, input, call),
    },
    blobs: {
      put: (input, call = own) => putBlob({ ...parts, sessionNamed: demandSession }, input, call),
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
    search: (input, call = own) => search({ ...parts, rerank, weights }, input, call),
    fetch: (input, call = own) => fetch(parts, input, call),
    status: (call = own) =>
      status(store, { version: VERSION, warnings: config.warnings, embedding, ...waiting() }, call),
    vitals: (call = own) => vitals(store, { embedding, ...waiting() }, call.namespace),
    tokens: tokensIn({ store: file, sources, namespace: options.namespace.default, checkNamespace }),
    verify: (options, call = own) => doctor(store, call.namespace, options),
    maintain: (call = own) => maintain(parts, call),
    subscribe: (listener, call = own) => feed.subscribe(call.namespace, listener),
    reindex: async (asked = {}, call = own) => demand(embedding).reindex(call.namespace, asked),
    prepare: async () => {
      if (existsSync(namespaceFile(config.db, own.namespace)))
        await store.read(own.namespace, async () => {});
    },
    settled: async () => {
      await background.settled();
      await embedding?.settled();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function demand(embedding: Embedding | undefined): Embedding {
  if (embedding) return embedding;
  throw new EngineError(
    'unavailable',
    'No embedder is set up, so there are no vectors to make.',
    'Set --embedder (MINTMARK_EMBEDDER) to static, http or transformers.',
  );
}

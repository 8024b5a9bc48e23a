import { basename } from 'node:path';
import type { Call } from '../schema/call.js';
import { describeScope, scopeToRead } from '../scope.js';
import type { Embedding } from '../search/embedding.js';
import { countPending, type Waiting } from '../store/batches.js';
import { copyMark } from '../store/copy-mark.js';
import { countNouns } from '../store/counts.js';
import { lastPosition } from '../store/events.js';
import { countByStatus } from '../store/memories.js';
import type { Store, StoreFacts } from '../store/store.js';
import { together } from '../store/together.js';
import { isUnindexed } from '../store/unindexed.js';

export type Status = {
  readonly version: string;
  readonly namespace: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly backlog: {
    readonly pending_batches: number;
    /** Rows without a vector yet; omitted without an embedder. */
    readonly pending_embeddings?: number;
  };
  readonly store: StoreFacts;
  readonly warnings: readonly string[];
  readonly scope: string;
};

export type About = Waiting & {
  readonly version: string;
  readonly warnings: readonly string[];
  readonly embedding?: Embedding | undefined;
};

/**
 * What there is and what waits in the home scope and global, where it lies and what the operator should know.
 * The events are those of the whole namespace: they have no scope.
 */
export async function status(
  store: Store,
  { version, warnings, embedding, ...waiting }: About,
  call: Call,
): Promise<Status> {
  const facts = await store.facts(call.namespace);
  const scope = scopeToRead({}, call.home);
  const { counts, pending, pending_embeddings, unindexed, copied } = await store.read(
    call.namespace,
    async reader => {
      const [memories, nouns, events, pending, pending_embeddings, unindexed, copied] = await together([
        countByStatus(reader, scope),
        countNouns(reader, scope),
        lastPosition(reader),
        countPending(reader, scope, waiting),
        embedding?.pending(reader),
        isUnindexed(reader),
        copyMark(reader),
      ]);
      const counts = {
        ...Object.fromEntries(memories.map(row => [`${row.status}_memories`, row.count])),
        ...Object.fromEntries(nouns.flatMap(({ noun, count }) => (count > 0 ? [[noun, count]] : []))),
        events,
      };
      return { counts, pending, pending_embeddings, unindexed, copied };
    },
  );
  return {
    version,
    namespace: call.namespace,
    counts,
    backlog: {
      pending_batches: pending,
      ...(pending_embeddings !== undefined && { pending_embeddings }),
    },
    // Where it lies is the business of who runs the server.
    store: call.paths === 'refused' ? { ...facts, path: basename(facts.path) } : facts,
    warnings: [
      ...warnings,
      ...concerns(facts, pending),
      ...(unindexed ? [UNINDEXED] : []),
      ...(copied && copied.phase !== 'whole' ? [unfinished(copied.source)] : []),
      ...stopped(embedding?.failure(call.namespace), pending_embeddings),
      ...behind(embedding?.indexFailure(call.namespace)),
    ],
    scope: describeScope(scope),
  };
}

const UNINDEXED =
  'Search does not find everything yet that an earlier version wrote: it is indexed in the background. `mintmark maintain` does it at once.';

const unfinished = (source: string): string =>
  `This is an unfinished copy of ${source}: run the same \`mintmark copy\` again before anything is written here.`;

const LARGE_LOG = 64 * 1024 * 1024;

function concerns({ wal_bytes, vectors }: StoreFacts, pending: number): string[] {
  return [
    ...(wal_bytes > LARGE_LOG
      ? [
          `The log has ${Math.round(wal_bytes / 1024 / 1024)} MB: some process keeps an old snapshot open. Run \`mintmark maintain\`.`,
        ]
      : []),
    ...(vectors.startsWith('unavailable') ? [`Vector search is ${vectors}; text search works.`] : []),
    ...(pending > 0
      ? [
          `Batches not committed yet: ${pending}. Search with statuses ["proposed"] and memory_commit, the prompt "review" or \`mintmark review\` decides.`,
        ]
      : []),
  ];
}

const stopped = (failure: string | undefined, pending = 0): string[] =>
  failure === undefined
    ? []
    : [`${pending} rows wait for a vector and are tried again: ${failure} Search by words works.`];

const behind = (failure: string | undefined): string[] =>
  failure === undefined
    ? []
    : [`${failure} Vectors are compared in the database meanwhile; it is tried again.`];

import { basename } from 'node:path';
import type { Call } from '../schema/call.js';
import { describeScope, scopeToRead } from '../scope.js';
import type { Embedding } from '../search/embedding.js';
import { countPending } from '../store/batches.js';
import { countNouns } from '../store/counts.js';
import { lastPosition } from '../store/events.js';
import { countByStatus } from '../store/memories.js';
import type { Store, StoreFacts } from '../store/store.js';
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

export type About = {
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
  { version, warnings, embedding }: About,
  call: Call,
): Promise<Status> {
  const facts = await store.facts(call.namespace);
  const scope = scopeToRead({}, call.home);
  const { counts, pending, pending_embeddings, unindexed } = await store.read(
    call.namespace,
    async reader => ({
      counts: {
        ...Object.fromEntries(
          (await countByStatus(reader, scope)).map(row => [`${row.status}_memories`, row.count]),
        ),
        ...Object.fromEntries(
          (await countNouns(reader, scope)).flatMap(({ noun, count }) => (count > 0 ? [[noun, count]] : [])),
        ),
        events: await lastPosition(reader),
      },
      pending: await countPending(reader, scope),
      pending_embeddings: await embedding?.pending(reader),
      unindexed: await isUnindexed(reader),
    }),
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
      ...stopped(embedding?.failure(call.namespace), pending_embeddings),
    ],
    scope: describeScope(scope),
  };
}

const UNINDEXED =
  'Search does not find everything yet that an earlier version wrote: it is indexed in the background. `mintmark maintain` does it at once.';

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
      ? [`${pending} batches wait for a decision: \`mintmark review\` or the prompt "review".`]
      : []),
  ];
}

const stopped = (failure: string | undefined, pending = 0): string[] =>
  failure === undefined
    ? []
    : [`${pending} rows wait for a vector and are tried again: ${failure} Search by words works.`];

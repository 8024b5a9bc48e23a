import type { Embedding } from '../search/embedding.js';
import { countAllPending, type Waiting } from '../store/batches.js';
import type { Store } from '../store/store.js';
import { summaryTotals } from '../store/summaries.js';

/** How one namespace does, over all of its scopes. */
export type Vitals = {
  readonly namespace: string;
  readonly size_bytes: number;
  /** Of the log that is not yet in the database. */
  readonly wal_bytes: number;
  /** Batches that nobody has decided. */
  readonly pending_batches: number;
  /** Rows without a vector yet; omitted without an embedder. */
  readonly pending_embeddings?: number;
  /** Summaries that compaction has made. */
  readonly compactions: number;
  /** What the summaries that stand take less than the messages under them. */
  readonly tokens_saved: number;
};

export async function vitals(
  store: Store,
  { embedding, ...waiting }: Waiting & { readonly embedding: Embedding | undefined },
  namespace: string,
): Promise<Vitals> {
  const { size_bytes, wal_bytes } = await store.facts(namespace);
  const { pending, unembedded, summaries } = await store.read(namespace, async reader => ({
    pending: await countAllPending(reader, waiting),
    unembedded: await embedding?.pending(reader),
    summaries: await summaryTotals(reader),
  }));
  return {
    namespace,
    size_bytes,
    wal_bytes,
    pending_batches: pending,
    ...(unembedded !== undefined && { pending_embeddings: unembedded }),
    compactions: summaries.made,
    tokens_saved: summaries.saved,
  };
}

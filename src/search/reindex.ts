import { setTimeout as sleep } from 'node:timers/promises';
import type { Writer } from '../store/store.js';
import { countPending, resetMarks } from '../store/vector-claims.js';
import { insertModel, modelIn, retireModels, type VectorModel } from '../store/vector-models.js';
import { deleteUnsound } from '../store/vectors.js';
import { type Indexing, indexStep } from './index-step.js';

export type Reindexing = {
  /** Makes every vector anew beside those there are, which serve until the new ones are complete. */
  readonly fresh?: boolean | undefined;
  readonly progress?: ((done: number, total: number) => void) | undefined;
};

export type Reindexed = {
  readonly model: string;
  readonly dims: number;
  readonly embedded: number;
  /** Vectors without a row or of a wrong length, which are gone now. */
  readonly removed: number;
  /** Sets of other models, which are gone now. */
  readonly dropped_models: number;
};

const OTHERS_MS = 200;

/** Gives every row the vector it lacks, removes what belongs to none, and then every other model's vectors. */
export async function reindex(
  indexing: Omit<Indexing, 'signal'>,
  { fresh = false, progress }: Reindexing,
): Promise<Reindexed> {
  const { store, namespace, embedder, sources } = indexing;
  const { model, removed, total } = await store.write(namespace, async writer => {
    const found = await prepare(writer, indexing, fresh);
    return { ...found, total: await countPending(writer, found.model.id) };
  });
  let embedded = 0;
  for (;;) {
    progress?.(embedded, total);
    const step = await indexStep(model, { ...indexing, signal: new AbortController().signal });
    if (step === 'complete') break;
    if (step === 'others at work') await sleep(OTHERS_MS);
    else embedded += step.embedded;
  }
  const dropped_models = await store.write(namespace, writer =>
    retireModels(writer, { but: model.id, unusedSince: sources.now() + 1 }),
  );
  if (dropped_models > 0) await indexStep(model, { ...indexing, signal: new AbortController().signal });
  return { model: embedder.name, dims: embedder.dims, embedded, removed, dropped_models };
}

/** The set to fill: the newest of the embedder's name with its damage undone, or a new one. */
async function prepare(
  writer: Writer,
  { embedder: { name, dims }, sources }: Pick<Indexing, 'embedder' | 'sources'>,
  fresh: boolean,
): Promise<{ readonly model: VectorModel; readonly removed: number }> {
  const known = fresh ? undefined : await modelIn(writer, { name, dims });
  if (known) {
    const removed = await deleteUnsound(writer, known);
    await resetMarks(writer, known.id);
    return { model: known, removed };
  }
  return { model: await insertModel(writer, { name, dims, at: sources.now() }), removed: 0 };
}

import type { Store } from '../store/store.js';
import { countPending, moveMark } from '../store/vector-claims.js';
import { FAMILIES } from '../store/vector-families.js';
import { insertModel, makeCurrent, modelIn, type VectorModel, vectorModels } from '../store/vector-models.js';
import { insertVectors, meaningless, rowVectorsAfter } from '../store/vectors.js';
import type { Target } from './target.js';

const PAGE = 1000;

/**
 * Copies vectors, so that nobody pays for them twice. They belong to rows and can be made again: what is missing, since
 * it came while others were copied, is made where the copy is used. Returns how many were added.
 */
export async function copyVectors(from: Store, target: Target): Promise<number> {
  let added = 0;
  for (const model of await from.read(target.namespace, vectorModels))
    if (model.state !== 'old') added += await copyModel(from, target, model);
  return added;
}

async function copyModel(from: Store, { store, namespace }: Target, source: VectorModel): Promise<number> {
  const { id: model } = await store.write(
    namespace,
    async writer => (await modelIn(writer, source)) ?? insertModel(writer, { ...source, at: source.used_at }),
  );
  let added = 0;
  for (const family of FAMILIES) {
    for (let after = 0; ; ) {
      const set = { model: source.id, family };
      const page = await from.read(namespace, reader => rowVectorsAfter(reader, set, { after, limit: PAGE }));
      if (!page) break;
      added += await store.write(namespace, writer =>
        insertVectors(writer, { model, family }, page.embedded),
      );
      after = page.upto;
    }
    const empty = await from.read(namespace, reader => meaningless(reader, { model: source.id, family }));
    const embedded = empty.map(row => ({ row, vector: undefined }));
    await store.write(namespace, writer => insertVectors(writer, { model, family }, embedded));
    await store.write(namespace, writer => moveMark(writer, { model, family }));
  }
  await store.write(namespace, async writer => {
    const copied = await modelIn(writer, source);
    if (
      copied?.state === 'building' &&
      source.state === 'current' &&
      (await countPending(writer, model)) === 0
    )
      await makeCurrent(writer, copied);
  });
  return added;
}

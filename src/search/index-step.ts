import { setImmediate as afterOthers } from 'node:timers/promises';
import { embedUnits } from '../models/batch.js';
import type { Embedder } from '../models/embedder.js';
import type { Batch } from '../models/open.js';
import type { Sources } from '../sources.js';
import type { Store, Writer } from '../store/store.js';
import { type Claim, claimPending, countPending, releaseClaim, renewClaim } from '../store/vector-claims.js';
import { dropOld, makeCurrent, touchModel, type VectorModel } from '../store/vector-models.js';
import { arrangeVectors, type Embedded, insertVectors } from '../store/vectors.js';
import { HOUR } from '../text/time.js';
import { textsOf } from './texts.js';

export type Indexing = {
  readonly store: Store;
  readonly sources: Sources;
  readonly namespace: string;
  readonly embedder: Embedder;
  /** What is embedded at a time, before anything else gets its turn. */
  readonly batch: Batch;
  /** Whose claims these are. */
  readonly owner: string;
  readonly signal: AbortSignal;
};

/** How long what a process took stays its own when nothing more is heard of it. */
const LEASE_MS = 15_000;
const ROWS = 256;
const OLD_ROWS = 500;

/** `caughtUp`: nothing else was pending when it began. */
export type Step = { readonly embedded: number; readonly caughtUp: boolean } | 'others at work' | 'complete';

/**
 * Embeds some pending rows. They are taken in one short transaction, computed outside of any and written in another,
 * and what was computed is kept even when the rest fails: nothing is lost, and nothing is computed twice.
 */
export async function indexStep(model: VectorModel, indexing: Indexing): Promise<Step> {
  const { store, sources, namespace, owner } = indexing;
  const limit = Math.max(ROWS, indexing.batch.texts);
  const claimed = await store.write(namespace, async writer => {
    const now = sources.now();
    if (now - model.used_at > HOUR) await touchModel(writer, model.id, now);
    return claimPending(writer, { model: model.id, owner, limit, now, expiresAt: now + LEASE_MS });
  });
  if (claimed === 'others at work') return claimed;
  if (claimed === 'nothing pending') return await conclude(model, indexing);
  const done: Embedded[] = [];
  // Others take what is not renewed; a slow endpoint is no crash.
  const renewal = setInterval(() => void renew(claimed, indexing).catch(() => {}), LEASE_MS / 3).unref();
  try {
    await embedRows(claimed, done, indexing);
  } finally {
    clearInterval(renewal);
    await store.write(namespace, async writer => {
      await insertVectors(writer, claimed, done);
      await releaseClaim(writer, claimed);
    });
  }
  return { embedded: done.length, caughtUp: claimed.rows.length < limit };
}

async function embedRows(
  claimed: Claim,
  done: Embedded[],
  { store, namespace, embedder, batch, signal }: Indexing,
): Promise<void> {
  const texts = await store.read(namespace, reader => textsOf(reader, claimed));
  const rows = claimed.rows.flatMap(row => {
    const text = texts.get(row.number);
    return text === undefined ? [] : { ...row, text };
  });
  for (const slice of slices(rows, batch)) {
    signal.throwIfAborted();
    const texts = slice.map(({ text }) => text);
    const vectors = await embedUnits(embedder, texts, { kind: 'passage', signal });
    for (const [index, row] of slice.entries()) done.push({ row, vector: vectors[index] });
    await afterOthers();
  }
}

/** As many as a batch takes, by count and by length: a long text takes long. */
function slices<Row extends { readonly text: string }>(
  rows: readonly Row[],
  { texts, characters }: Batch,
): Row[][] {
  const done: Row[][] = [];
  let room = 0;
  for (const row of rows) {
    const slice = done.at(-1);
    if (slice && slice.length < texts && row.text.length <= room) slice.push(row);
    else {
      done.push([row]);
      room = characters;
    }
    room -= row.text.length;
  }
  return done;
}

const renew = (claim: Claim, { store, sources, namespace }: Indexing): Promise<void> =>
  store.write(namespace, writer => renewClaim(writer, claim, sources.now() + LEASE_MS));

/** With nothing pending the model takes the place of what it replaces, which goes a slice at a time. */
async function conclude(model: VectorModel, { store, namespace, signal }: Indexing): Promise<Step> {
  if (model.state === 'building')
    await store.write(namespace, async writer => {
      if ((await countPending(writer, model.id)) === 0) await makeCurrent(writer, model);
    });
  const isLeft = async (writer: Writer): Promise<boolean> =>
    (await dropOld(writer, OLD_ROWS)) || arrangeVectors(writer, model);
  while (!signal.aborted && (await store.write(namespace, isLeft))) await afterOthers();
  return 'complete';
}

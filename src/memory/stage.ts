import { append } from '../ledger/ledger.js';
import { sealBody } from '../ledger/seal.js';
import type { Call } from '../schema/call.js';
import type { MemoryBody, StoredChange, Trust } from '../schema/memory.js';
import { placesOf } from '../scope.js';
import type { Sources } from '../sources.js';
import { insertBatch } from '../store/batches.js';
import { type Body, insertBodies } from '../store/bodies.js';
import { insertMemories } from '../store/memories.js';
import { insertTexts } from '../store/memory-text.js';
import { internScopes } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import { together } from '../store/together.js';
import { analyse } from '../text/analyse.js';
import { retireTargets } from './commit.js';
import { type Draft, leastTrusted } from './draft.js';
import { fingerprint, indexedText } from './index-text.js';
import type { Addition } from './neighbours.js';

type Adding = Extract<Draft, { readonly body: MemoryBody }> & Addition;
/** With the id of what it adds, so that the changes of one batch can be compared with each other. */
export type Identified = Adding | Exclude<Draft, { readonly body: MemoryBody }>;

export function identify(draft: Draft, sources: Sources, { home }: Pick<Call, 'home'>): Identified {
  if (!('body' in draft)) return draft;
  const { content } = draft.body;
  return {
    ...draft,
    id: sources.newId('mem'),
    places: placesOf(draft.body, home),
    tokens: analyse(content),
    fingerprint: fingerprint(content),
  };
}

type Stage = { readonly drafts: readonly Identified[]; readonly commit: boolean };
/** `at`: Unix milliseconds. */
export type Staged = { readonly id: string; readonly at: number; readonly changes: readonly StoredChange[] };

/** Writes a batch, which waits for a decision or takes effect at once: under one event either way. */
export async function stage(sources: Sources, writer: Writer, { drafts, commit }: Stage): Promise<Staged> {
  const at = sources.now();
  const id = sources.newId('bat');
  const trust = trustOfAll(drafts);
  const sealed = drafts.map((draft, index) => seal(draft, `${id}/${index}`, sources));
  const changes = sealed.map(({ change }) => change);
  const additions = drafts.filter(draft => 'body' in draft);
  const bodies = sealed.flatMap(({ body }) => body ?? []);
  const type = commit ? 'MEMORY_COMMITTED' : 'MEMORY_PROPOSED';
  const payload = { batch_id: id, trust, changes };
  const [numbers, sequence] = await together([
    addMemories(writer, additions, { batch_id: id, at, commit }),
    append(writer, sources, { stream: 'memory', type, at, payload }),
    insertBodies(writer, bodies),
    insertBatch(writer, { id, trust, changes, created_at: at, decided_at: commit ? at : null }),
  ]);
  if (commit) await retireTargets(writer, changes, { at, sequence });
  // Last, since any later statement with a trigger makes FTS5 write out what it gathered: twice the cost of a full batch.
  await insertTexts(
    writer,
    additions.map(({ body, tokens }, index) => ({
      number: numbers[index] ?? 0,
      ...indexedText(body, tokens),
    })),
  );
  return { id, at, changes };
}

/** What is stored of a change, and the body it brings if it has anything to say. */
function seal(
  draft: Identified,
  owner: string,
  sources: Sources,
): { readonly change: StoredChange; readonly body?: Body } {
  if ('body' in draft) {
    const body = sealBody(draft.id, sources.newSalt(), draft.body);
    const supersedes = draft.op === 'supersede' ? { supersedes: draft.body.supersedes } : {};
    return { change: { op: draft.op, memory_id: draft.id, body_hash: body.hash, ...supersedes }, body };
  }
  const { rationale, source_refs } = draft;
  const change = { op: draft.op, ...(draft.op === 'deprecate' && { target_id: draft.targetId }) };
  if (rationale === null && source_refs.length === 0) return { change };
  const body = sealBody(owner, sources.newSalt(), { rationale, source_refs });
  return { change: { ...change, body_hash: body.hash }, body };
}

type Placed = { readonly batch_id: string; readonly at: number; readonly commit: boolean };

/** Returns the row number of each. */
async function addMemories(
  writer: Writer,
  additions: readonly Adding[],
  { batch_id, at, commit }: Placed,
): Promise<number[]> {
  const place = { batch_id, created_at: at, committed_at: commit ? at : null };
  const scopes = await internScopes(
    writer,
    additions.map(({ body }) => body),
  );
  return insertMemories(
    writer,
    additions.map(({ id, body, fingerprint }, index) => ({
      id,
      body,
      fingerprint,
      scope_id: scopes[index] ?? 0,
      ...place,
    })),
  );
}

export const trustIn = (draft: Draft): Trust => ('body' in draft ? draft.body.trust : draft.trust);

export const trustOfAll = (drafts: readonly Draft[]): Trust => leastTrusted(drafts.map(trustIn));

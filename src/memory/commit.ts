import { EngineError } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import { reasonOwner, sealBody } from '../ledger/seal.js';
import type { Call } from '../schema/call.js';
import type { Batch, StoredChange } from '../schema/memory.js';
import type { Sources } from '../sources.js';
import { decideBatch, findBatch } from '../store/batches.js';
import { insertBodies } from '../store/bodies.js';
import { commitMemories, findMemories, memoryStates, moveMemory } from '../store/memories.js';
import type { Reader, Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { DAY, formatTime } from '../text/time.js';
import { textProblem } from '../text/well-formed.js';
import type { Parts } from './parts.js';
import { demandPermission, policyFor } from './policy.js';

export type Decision = {
  readonly batch_id: string;
  readonly decision?: 'commit' | 'reject' | undefined;
  readonly reason?: string | undefined;
};

export type Decided = {
  readonly batch_id: string;
  readonly status: 'committed' | 'rejected';
  readonly committed_ids: readonly string[];
  readonly superseded_ids: readonly string[];
  readonly deprecated_ids: readonly string[];
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Commits or rejects a batch as a whole. Repeating a decision that was made changes nothing and gives the same reply. */
export async function decide(
  parts: Parts,
  { batch_id, decision = 'commit', reason }: Decision,
  call: Call,
): Promise<Replayable<Decided>> {
  const problem = reason === undefined ? undefined : textProblem(reason);
  if (problem)
    throw new EngineError(
      'invalid',
      `reason ${problem}`,
      'Call memory_commit again with the reason corrected.',
    );
  const clean = await redact({ reason }, parts.options.redact);
  return transact(parts, call, async writer => {
    const batch = await findBatch(writer, batch_id);
    const made = await earlierDecision(writer, batch, {
      batch_id,
      decision,
      ...parts,
      now: parts.sources.now(),
    });
    if ('batch_id' in made) return made;
    const deciding = { batch: made, reason: clean.value.reason };
    const told = clean.redactions.length > 0 && { redacted: clean.redactions };
    if (decision === 'reject') return { ...(await rejectBatch(writer, parts.sources, deciding)), ...told };
    demandPermission(policyFor(parts.options, made.trust), call, {
      id: made.id,
      summary: await summaryOf(writer, made),
    });
    return { ...(await commitBatch(writer, parts.sources, deciding)), ...told };
  });
}

type Deciding = { readonly batch: Pick<Batch, 'id' | 'changes'>; readonly reason?: string | undefined };

/** Makes a proposed batch's changes take effect. For callers that have checked the policy and hold the transaction. */
export async function commitBatch(
  writer: Writer,
  sources: Sources,
  { batch: { id, changes: proposed }, reason }: Deciding,
): Promise<Decided> {
  const changes = await unpurged(writer, proposed);
  await demandActive(writer, id, changes);
  const at = sources.now();
  const replies = outcome(id, changes);
  await decideBatch(writer, id, 'committed', at);
  const { batch_id, committed_ids, superseded_ids, deprecated_ids } = replies;
  const sequence = await append(writer, sources, {
    stream: 'memory',
    type: 'MEMORY_COMMITTED',
    at,
    payload: {
      ...{ batch_id, committed_ids, superseded_ids, deprecated_ids },
      ...(await keepReason(writer, sources, { batch_id, reason })),
    },
  });
  await commitMemories(writer, committed_ids, at);
  await retireTargets(writer, changes, { at, sequence });
  return replies;
}

/** Retires what committed changes replace or deprecate, under the event that commits them. */
export async function retireTargets(
  writer: Writer,
  changes: readonly StoredChange[],
  { at, sequence }: { readonly at: number; readonly sequence: number },
): Promise<void> {
  for (const { memory_id = '', supersedes = [], target_id } of changes) {
    for (const id of supersedes)
      await moveMemory(writer, id, {
        from: 'active',
        to: 'superseded',
        at,
        sequence,
        superseded_by: memory_id,
      });
    if (target_id) await moveMemory(writer, target_id, { from: 'active', to: 'deprecated', at, sequence });
  }
}

/** The ids of what changes add. */
export const memoryIds = (changes: readonly StoredChange[]): string[] =>
  changes.flatMap(({ memory_id }) => memory_id ?? []);

/** A change whose memory was purged since takes no effect: nothing may be superseded by what is gone. */
async function unpurged(reader: Reader, changes: readonly StoredChange[]): Promise<StoredChange[]> {
  const known = await existing(reader, memoryIds(changes));
  return changes.filter(({ memory_id }) => memory_id === undefined || known.has(memory_id));
}

const existing = async (reader: Reader, ids: readonly string[]): Promise<ReadonlySet<string>> =>
  new Set((await memoryStates(reader, ids)).map(({ id }) => id));

/** The reply a decision gave, without the ids that were purged since. */
async function earlierOutcome(reader: Reader, { id, changes }: Batch): Promise<Decided> {
  const made = outcome(id, changes);
  const ids = [...made.committed_ids, ...made.superseded_ids, ...made.deprecated_ids];
  const known = await existing(reader, ids);
  const left = (list: readonly string[]) => list.filter(one => known.has(one));
  return {
    ...made,
    committed_ids: left(made.committed_ids),
    superseded_ids: left(made.superseded_ids),
    deprecated_ids: left(made.deprecated_ids),
  };
}

const outcome = (batchId: string, changes: readonly StoredChange[]): Decided => ({
  batch_id: batchId,
  status: 'committed',
  committed_ids: memoryIds(changes),
  superseded_ids: changes.flatMap(change => change.supersedes ?? []),
  deprecated_ids: changes.flatMap(change => change.target_id ?? []),
  // A batch may span scopes; it was proposed with them and is decided as a whole.
  scope: 'as proposed',
});

/** Ends a proposed batch without effect. For callers that hold the transaction. */
export async function rejectBatch(
  writer: Writer,
  sources: Sources,
  { batch, reason }: Deciding,
): Promise<Decided> {
  const at = sources.now();
  await decideBatch(writer, batch.id, 'rejected', at);
  const ids = memoryIds(batch.changes);
  const sequence = await append(writer, sources, {
    stream: 'memory',
    type: 'MEMORY_REJECTED',
    at,
    payload: {
      ...{ batch_id: batch.id, ids },
      ...(await keepReason(writer, sources, { batch_id: batch.id, reason })),
    },
  });
  for (const id of ids) await moveMemory(writer, id, { from: 'proposed', to: 'rejected', at, sequence });
  return { ...outcome(batch.id, []), status: 'rejected' };
}

/** Free text with a body of its own, so that a purge leaves the event that says what was decided. */
async function keepReason(
  writer: Writer,
  sources: Sources,
  { batch_id, reason }: Pick<Decision, 'batch_id' | 'reason'>,
): Promise<{ readonly reason_hash?: string }> {
  if (reason === undefined) return {};
  const body = sealBody(reasonOwner(batch_id), sources.newSalt(), { reason });
  await insertBodies(writer, [body]);
  return { reason_hash: body.hash };
}

type Asked = {
  readonly batch_id: string;
  readonly decision: 'commit' | 'reject';
  readonly now: number;
  readonly options: Parts['options'];
};

/** The batch when it still waits, the earlier reply when the same decision was made, an error otherwise. */
async function earlierDecision(
  reader: Reader,
  batch: Batch | undefined,
  { batch_id, decision, now, options }: Asked,
): Promise<Batch | Decided> {
  if (!batch)
    throw new EngineError(
      'not_found',
      `There is no batch ${batch_id}.`,
      'Call memory_propose and use the batch_id it returns; status counts pending batches.',
    );
  if (isExpired(batch, options, now))
    throw new EngineError(
      'conflict',
      `Batch ${batch.id} expired: it was proposed ${formatTime(batch.created_at)} and nobody decided.`,
      'Call memory_propose again if it still holds.',
    );
  if (batch.status === 'proposed') return batch;
  if (batch.status === 'committed' && decision === 'commit') return earlierOutcome(reader, batch);
  if (batch.status === 'rejected' && decision === 'reject')
    return { ...outcome(batch.id, []), status: 'rejected' };
  throw new EngineError(
    'conflict',
    `Batch ${batch.id} was ${batch.status} ${formatTime(batch.decided_at ?? 0)}.`,
    batch.status === 'committed'
      ? 'Use memory_forget to retire what it added.'
      : 'Call memory_propose again to bring it back.',
  );
}

/** Whether nobody decided in time; `maintain` has said so or will. */
export const isExpired = (
  { status, created_at }: Batch,
  { batchExpiryDays }: Pick<Parts['options'], 'batchExpiryDays'>,
  now: number,
): boolean => status === 'expired' || (status === 'proposed' && now - created_at > batchExpiryDays * DAY);

/** What was active when it was proposed may have been replaced since by another window. */
async function demandActive(
  writer: Writer,
  batchId: string,
  changes: readonly StoredChange[],
): Promise<void> {
  const targets = changes.flatMap(change => [
    ...(change.supersedes ?? []),
    ...(change.target_id ? [change.target_id] : []),
  ]);
  if (targets.length === 0) return;
  const states = new Map((await memoryStates(writer, targets)).map(state => [state.id, state]));
  const gone = targets
    .filter(id => states.get(id)?.status !== 'active')
    .map(id => `${id} is ${states.get(id)?.status ?? 'purged'}`);
  if (gone.length === 0) return;
  throw new EngineError(
    'conflict',
    `Batch ${batchId} was not committed: ${gone.join(', ')}.`,
    'Fetch what replaced it, reject this batch with memory_commit and propose anew.',
  );
}

/** What a person is shown before they agree: a line for each thing that comes or goes, as nothing in it may fake another. */
export async function summaryOf(reader: Reader, { changes }: Batch): Promise<string> {
  const ids = changes.flatMap(({ memory_id, target_id, supersedes = [] }) => [
    memory_id,
    target_id,
    supersedes,
  ]);
  const memories = await findMemories(
    reader,
    ids.flat().filter(id => id !== undefined),
  );
  const known = new Map(memories.map(memory => [memory.id, memory]));
  const said = (id: string): string => {
    const memory = known.get(id);
    return memory
      ? `${memory.type} (${memory.trust}): ${memory.content.replace(/\s+/gu, ' ').slice(0, SHOWN)}`
      : id;
  };
  const lines = changes.map(({ memory_id, supersedes = [], target_id }) => [
    ...(memory_id && known.has(memory_id) ? [`- ${said(memory_id)}`] : []),
    ...supersedes.map(id => `  in place of ${said(id)}`),
    ...(target_id ? [`- retire ${said(target_id)}`] : []),
  ]);
  const shown = lines.filter(one => one.length > 0);
  return [
    ...shown.slice(0, MOST).flat(),
    ...(shown.length > MOST ? [`and ${shown.length - MOST} more`] : []),
  ].join('\n');
}

const SHOWN = 300;
const MOST = 20;

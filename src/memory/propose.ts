import { demandNone } from '../errors.js';
import { type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import type { ProposedChange, StoredChange, Trust } from '../schema/memory.js';
import { describeWritten } from '../scope.js';
import { memoryStates } from '../store/memories.js';
import type { Reader, Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { memoryIds } from './commit.js';
import { bareId, check, type Draft } from './draft.js';
import { fitResemblances } from './fit-resemblances.js';
import { type Resemblance, resemblances } from './look-alikes.js';
import { newestRows } from './newest-rows.js';
import { noteOn } from './note.js';
import type { Parts } from './parts.js';
import { obstacle, policyFor } from './policy.js';
import { proposingRun, referTo } from './proposer.js';
import { settle } from './settle.js';
import { type Identified, identify, stage, trustIn, trustOfAll } from './stage.js';

export type Proposal = {
  readonly changes: readonly ProposedChange[];
  readonly commit?: boolean | undefined;
  /** The run whose own history is to refer to it: id, URI or external id. */
  readonly run_id?: string | undefined;
};

export type Proposed = {
  readonly batch_id: string;
  /** `needs_review`: a commit was asked for and somebody has to decide first. Whatever waits, `review` says for whom. */
  readonly status: 'proposed' | 'committed' | 'needs_review';
  readonly changes: readonly (Resemblance & {
    readonly index: number;
    readonly op: string;
    readonly memory_id?: string;
    readonly trust?: Trust;
  })[];
  readonly committed_ids: readonly string[];
  readonly review?: string;
  /** What is not shown, to keep the reply short; what is said twice now; which batches need no decision any more. */
  readonly note?: string;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Stages changes as one batch, and commits it in the same transaction when asked to and allowed to. */
export async function propose(
  parts: Parts,
  { changes, commit = false, run_id }: Proposal,
  call: Call,
): Promise<Replayable<Proposed>> {
  const clean = await redact({ changes }, parts.options.redact);
  const { drafts: checked, targets, problems } = checkAll(clean.value.changes, call);
  if (problems.length > 0)
    await parts.store.read(call.namespace, reader => demandSound(reader, { targets, problems }));
  const drafts = checked.map(draft => identify(draft, parts.sources, call));
  const additions = drafts.flatMap(draft => ('body' in draft ? draft : []));
  return transact(parts, call, async writer => {
    await demandSound(writer, { targets, problems });
    const runId = run_id === undefined ? undefined : await proposingRun(writer, run_id);
    // On this connection, since any commit empties the page cache of every other one.
    const rows = newestRows(parts.store, call.namespace);
    const leaving = new Set(targets.map(({ id }) => id));
    const found = await resemblances(writer, additions, { rows, thresholds: parts.options, leaving });
    const { shown, left } = fitResemblances(found, ROOM);
    const needed = reviewNeeded(parts, call, { drafts, resembling: found });
    const review = needed ?? (commit ? undefined : waits(additions.length));
    const staged = await stage(parts.sources, writer, { drafts, commit: !review });
    if (runId) await referTo(writer, parts.sources, { runId, staged, committed: !review });
    const resembling = review ? [] : found;
    const settled = await settle(writer, parts.sources, { drafts, resembling, staged });
    return {
      batch_id: staged.id,
      status: !review ? 'committed' : commit ? 'needs_review' : 'proposed',
      changes: replies(drafts, {
        stored: staged.changes,
        resembling: new Map(additions.map(({ id }, index) => [id, shown[index]])),
      }),
      committed_ids: review ? [] : memoryIds(staged.changes),
      ...(review && { review }),
      ...noteOn({ left, settled, now: staged.at, additions, resembling }),
      ...(clean.redactions.length > 0 && { redacted: clean.redactions }),
      scope: scopesOf(drafts),
    };
  });
}

/** Estimated tokens for what a batch resembles: with the ids of a hundred changes no client cuts or hides the reply. */
const ROOM = 6_000;

const waits = (additions: number): string =>
  `Not ${additions > 0 ? 'recalled' : 'done'} yet: call memory_commit with this batch_id.`;

export type Staging = { readonly changes: readonly ProposedChange[]; readonly call: Call };

/**
 * Stages changes whose secrets were redacted, for callers that hold the transaction, and commits them where policy
 * allows: nothing is compared with what is known. Throws `invalid` with everything that is wrong.
 */
export async function proposeWithin(
  parts: Pick<Parts, 'sources' | 'options'>,
  writer: Writer,
  { changes, call }: Staging,
): Promise<{
  readonly batch_id: string;
  readonly committed: boolean;
  readonly memory_ids: readonly string[];
}> {
  const { drafts: checked, ...found } = checkAll(changes, call);
  await demandSound(writer, found);
  const drafts = checked.map(draft => identify(draft, parts.sources, call));
  const committed = obstacle(policyFor(parts.options, trustOfAll(drafts)), call, 'call') === undefined;
  const { id, changes: stored } = await stage(parts.sources, writer, { drafts, commit: committed });
  return { batch_id: id, committed, memory_ids: memoryIds(stored) };
}

type Target = { readonly id: string; readonly index: number };
type Problem = { readonly index: number; readonly problem: string };
type Found = { readonly targets: readonly Target[]; readonly problems: readonly Problem[] };

/** What is wrong with changes on their own, and the drafts of those with which nothing is. */
function checkAll(changes: readonly ProposedChange[], call: Call): Found & { readonly drafts: Draft[] } {
  const checked = changes.map(change => check(change, call));
  const targets = changes.flatMap((change, index) => targetsOf(change).map(id => ({ id, index })));
  const wrong = checked.flatMap((result, index) =>
    'problems' in result ? result.problems.map(problem => ({ index, problem })) : [],
  );
  const twice = targets
    .filter(({ id }, at) => targets.findIndex(other => other.id === id) !== at)
    .map(({ id, index }) => ({
      index,
      problem: `${id} is replaced or retired by an earlier change of the batch`,
    }));
  const drafts = checked.flatMap(result => ('draft' in result ? result.draft : []));
  return { drafts, targets, problems: [...wrong, ...twice] };
}

/** Every problem of every change is reported at once, so that one repeated call can mend them all. */
async function demandSound(reader: Reader, { targets, problems }: Found): Promise<void> {
  const all = [...problems, ...(await targetProblems(reader, targets))];
  const sorted = all.toSorted((one, other) => one.index - other.index);
  demandNone(
    sorted.map(({ index, problem }) => `changes[${index}]: ${problem}`),
    {
      refused: 'Nothing was proposed',
      hint: 'Correct the named changes and call memory_propose again; ids come from search.',
    },
  );
}

/** Only what is active can be replaced or retired: anything else would bring a stale fact back. */
async function targetProblems(reader: Reader, targets: readonly Target[]): Promise<Problem[]> {
  if (targets.length === 0) return [];
  const ids = targets.map(({ id }) => id);
  const states = new Map((await memoryStates(reader, ids)).map(state => [state.id, state]));
  return targets.flatMap(({ id, index }) => {
    const state = states.get(id);
    if (!state) return { index, problem: `there is no memory ${id}` };
    if (state.status === 'active') return [];
    const by = state.superseded_by ? ` by ${state.superseded_by}` : '';
    return { index, problem: `${id} is ${state.status}${by}, not active` };
  });
}

/** The ids of what a change replaces or retires. */
function targetsOf({ op, supersedes = [], target_id = '' }: ProposedChange): readonly string[] {
  const ids = op === 'supersede' ? supersedes : op === 'deprecate' ? [target_id] : [];
  return [...new Set(ids.map(bareId))].filter(id => id !== '');
}

function reviewNeeded(
  { options }: Parts,
  call: Call,
  { drafts, resembling }: { drafts: readonly Draft[]; resembling: readonly Resemblance[] },
): string | undefined {
  const blocked = obstacle(policyFor(options, trustOfAll(drafts)), call, 'call');
  if (blocked) return blocked;
  if (resembling.every(({ contradictions }) => contradictions.length === 0)) return undefined;
  return 'It contradicts what is known. Propose the same changes again, with op supersede where one contradicts, which settles this batch too, or call memory_commit with this batch_id if both hold.';
}

type Outcome = {
  readonly stored: readonly StoredChange[];
  /** By the id of what is added. */
  readonly resembling: ReadonlyMap<string, Resemblance | undefined>;
};

const replies = (drafts: readonly Identified[], { stored, resembling }: Outcome): Proposed['changes'] =>
  drafts.map((draft, index) => {
    const memory_id = stored[index]?.memory_id;
    const { lookalikes = [], contradictions = [] } = resembling.get(memory_id ?? '') ?? {};
    return {
      index,
      op: draft.op,
      ...(memory_id && { memory_id }),
      ...(trustIn(draft) !== 'agent' && { trust: trustIn(draft) }),
      lookalikes,
      contradictions,
    };
  });

const scopesOf = (drafts: readonly Draft[]): string =>
  [...new Set(drafts.flatMap(draft => ('body' in draft ? describeWritten(draft.body) : [])))].join('; ') ||
  'none';

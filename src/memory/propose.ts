import { EngineError } from '../errors.js';
import { type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import type { ProposedChange, StoredChange, Trust } from '../schema/memory.js';
import { describeWritten } from '../scope.js';
import { memoryStates } from '../store/memories.js';
import type { Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { check, type Draft } from './draft.js';
import { type Resemblance, resemblances } from './look-alikes.js';
import type { Parts } from './parts.js';
import { obstacle, policyFor } from './policy.js';
import { identify, stage, trustIn, trustOfAll } from './stage.js';

export type Proposal = { readonly changes: readonly ProposedChange[]; readonly commit?: boolean | undefined };

export type Proposed = {
  readonly batch_id: string;
  /** `needs_review`: a commit was asked for and somebody has to decide first; `review` says who. */
  readonly status: 'proposed' | 'committed' | 'needs_review';
  readonly changes: readonly (Resemblance & {
    readonly index: number;
    readonly op: string;
    readonly memory_id?: string;
    readonly trust?: Trust;
  })[];
  readonly committed_ids: readonly string[];
  readonly review?: string;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Stages changes as one batch, and commits it in the same transaction when asked to and allowed to. */
export async function propose(
  parts: Parts,
  { changes, commit = false }: Proposal,
  call: Call,
): Promise<Replayable<Proposed>> {
  const clean = await redact(changes, parts.options.redact);
  const drafts = checkAll(clean.value, call).map(draft => identify(draft, parts.sources));
  const additions = drafts.flatMap(draft => ('body' in draft ? draft : []));
  return transact(parts, call, async writer => {
    await demandTargets(writer, drafts);
    // On this connection, since any commit empties the page cache of every other one.
    const found = await resemblances(writer, additions, parts.options);
    const resembling = new Map(additions.map((addition, index) => [addition.id, found[index]]));
    const review = commit ? reviewNeeded(parts, call, { drafts, resembling: found }) : undefined;
    const staged = await stage(parts.sources, writer, { drafts, commit: commit && !review });
    return {
      batch_id: staged.id,
      status: review ? 'needs_review' : commit ? 'committed' : 'proposed',
      changes: drafts.map((draft, index) =>
        reply(draft, {
          index,
          stored: staged.changes[index],
          resemblance: 'body' in draft ? resembling.get(draft.id) : undefined,
        }),
      ),
      committed_ids: commit && !review ? memoryIds(staged.changes) : [],
      ...(review && { review }),
      ...(clean.redactions.length > 0 && { redacted: clean.redactions }),
      scope:
        [...new Set(drafts.flatMap(draft => ('body' in draft ? describeWritten(draft.body) : [])))].join(
          '; ',
        ) || 'none',
    };
  });
}

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
  const drafts = checkAll(changes, call).map(draft => identify(draft, parts.sources));
  await demandTargets(writer, drafts);
  const committed = obstacle(policyFor(parts.options, trustOfAll(drafts)), call, 'call') === undefined;
  const { id, changes: stored } = await stage(parts.sources, writer, { drafts, commit: committed });
  return { batch_id: id, committed, memory_ids: memoryIds(stored) };
}

const memoryIds = (changes: readonly StoredChange[]): string[] =>
  changes.flatMap(({ memory_id }) => memory_id ?? []);

/** Every problem of every change is reported at once, so that one repeated call can mend them all. */
function checkAll(changes: readonly ProposedChange[], call: Call): Draft[] {
  const checked = changes.map(change => check(change, call));
  refuse(
    checked.flatMap((result, index) =>
      'problems' in result ? result.problems.map(problem => `changes[${index}]: ${problem}`) : [],
    ),
  );
  const drafts = checked.flatMap(result => ('draft' in result ? result.draft : []));
  const targets = drafts.flatMap((draft, index) => targetsOf(draft).map(id => ({ id, index })));
  refuse(
    targets
      .filter(({ id }, at) => targets.findIndex(other => other.id === id) !== at)
      .map(
        ({ id, index }) =>
          `changes[${index}]: ${id} is replaced or retired by an earlier change of the batch`,
      ),
  );
  return drafts;
}

/** Only what is active can be replaced or retired: anything else would bring a stale fact back. */
async function demandTargets(writer: Writer, drafts: readonly Draft[]): Promise<void> {
  const targets = drafts.flatMap(targetsOf);
  if (targets.length === 0) return;
  const states = new Map((await memoryStates(writer, targets)).map(state => [state.id, state]));
  refuse(
    drafts.flatMap((draft, index) =>
      targetsOf(draft).flatMap(id => {
        const state = states.get(id);
        if (!state) return `changes[${index}]: there is no memory ${id}`;
        if (state.status === 'active') return [];
        return `changes[${index}]: ${id} is ${state.status}${state.superseded_by ? ` by ${state.superseded_by}` : ''}, not active`;
      }),
    ),
  );
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new EngineError(
    'invalid',
    `Nothing was proposed:\n${problems.map(problem => `- ${problem}`).join('\n')}`,
    'Correct the named changes and call memory_propose again; ids come from search.',
  );
}

const targetsOf = (draft: Draft): readonly string[] =>
  'body' in draft ? draft.body.supersedes : draft.op === 'deprecate' ? [draft.targetId] : [];

function reviewNeeded(
  { options }: Parts,
  call: Call,
  { drafts, resembling }: { drafts: readonly Draft[]; resembling: readonly Resemblance[] },
): string | undefined {
  const blocked = obstacle(policyFor(options, trustOfAll(drafts)), call, 'call');
  if (blocked) return blocked;
  if (resembling.every(({ contradictions }) => contradictions.length === 0)) return undefined;
  return 'It contradicts what is known. Supersede the old memory instead, or call memory_commit with this batch_id if both hold.';
}

type Outcome = {
  readonly index: number;
  readonly stored: StoredChange | undefined;
  readonly resemblance: Resemblance | undefined;
};

const reply = (draft: Draft, { index, stored, resemblance }: Outcome): Proposed['changes'][number] => ({
  index,
  op: draft.op,
  ...(stored?.memory_id && { memory_id: stored.memory_id }),
  ...(trustIn(draft) !== 'agent' && { trust: trustIn(draft) }),
  lookalikes: resemblance?.lookalikes ?? [],
  contradictions: resemblance?.contradictions ?? [],
});

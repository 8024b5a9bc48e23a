import { EngineError } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import { type SlidingItem, WorkingSet } from '../schema/working-set.js';
import { describeWritten } from '../scope.js';
import { lastOfType } from '../store/run-events.js';
import { advanceRun, type StoredRun } from '../store/runs.js';
import type { Reader, Writer } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { type Redaction, redact } from '../text/redact.js';
import { shorten } from '../text/shorten.js';
import { formatTime } from '../text/time.js';
import { type CountTokens, tokenCounter } from '../text/tokens.js';
import { demandFit } from './budget.js';
import { demandRun } from './find.js';
import { type Parts, streamOf } from './parts.js';
import { fieldsOf, incomingIds, type Patch, type PatchInput, parsePatch, patched } from './patch.js';

export type Patching = PatchInput & { readonly run_id: string; readonly expected_seq: number };

export type Patched = {
  readonly run_id: string;
  readonly seq: number;
  /** Tokens of the whole set. */
  readonly tokens: number;
  /** The fields that the patch named, as they are now. */
  readonly changed: Readonly<Record<string, unknown>>;
  /** What had to go to stay within the budget, in the order it went; the ledger keeps it. */
  readonly evicted: readonly SlidingItem[];
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Changes a working set that is still at `expected_seq`. What is refused changes nothing, and the ledger says so. */
export async function patchWorkingSet(
  parts: Parts,
  { run_id, expected_seq, ...input }: Patching,
  call: Call,
): Promise<Replayable<Patched>> {
  const patch = parsePatch(input, formatTime(parts.sources.now()));
  const clean = await redact(patch, parts.options.redact);
  const count = await tokenCounter();
  let refused: Refused | undefined;
  try {
    return await transact(parts, call, async writer => {
      const run = await demandRun(writer, run_id);
      refused = { run_id: run.id, expected_seq, current_seq: run.seq };
      await demandCurrent(writer, run, expected_seq);
      const reply = await apply(parts, writer, { run, expectedSeq: expected_seq, patch: clean.value, count });
      return clean.redactions.length > 0 ? { ...reply, redacted: clean.redactions } : reply;
    });
  } catch (error) {
    if (error instanceof EngineError && refused && REFUSALS.has(error.code))
      await recordRefusal(parts, call, { ...refused, reason: error.code });
    throw error;
  }
}

type Refused = { readonly run_id: string; readonly expected_seq: number; readonly current_seq: number };

/** Answers about the working set; other errors say that no answer was found. A reused idempotency key never gets here. */
const REFUSALS: ReadonlySet<string> = new Set(['conflict', 'invalid', 'too_large']);

type Applying = {
  readonly run: StoredRun;
  readonly expectedSeq: number;
  readonly patch: Patch;
  readonly count: CountTokens;
};

async function apply(
  { sources, options }: Parts,
  writer: Writer,
  { run, expectedSeq, patch, count }: Applying,
): Promise<Patched> {
  const before = WorkingSet.parse(JSON.parse(run.working_set));
  const { working_set, evicted, tokens } = demandFit(patched(before, patch), {
    budget: options.wsMaxTokens,
    count,
    incoming: incomingIds(patch),
  });
  const [stream, at, seq] = [streamOf(run.id), sources.now(), working_set._update_seq];
  const advanced = await advanceRun(writer, run.id, {
    expectedSeq,
    at,
    status: working_set.status,
    seq,
    working_set: canonicalJson(working_set),
  });
  if (!advanced) throw new Error(`Run ${run.id} moved on from ${expectedSeq} inside a transaction.`);
  await append(writer, sources, {
    stream,
    type: 'WS_UPDATE_APPLIED',
    at,
    payload: applied(seq, patch, evicted),
  });
  if (evicted.length > 0)
    await append(writer, sources, { stream, type: 'EVICTION', at, payload: { items: evicted } });
  const held = new Map<string, unknown>(Object.entries(working_set));
  return {
    run_id: run.id,
    seq,
    tokens,
    changed: Object.fromEntries(fieldsOf(patch).map(field => [field, held.get(field)])),
    evicted,
    scope: describeWritten(run.scope),
  };
}

const applied = (
  new_seq: number,
  patch: Patch,
  evicted: readonly SlidingItem[],
): Record<string, unknown> => ({
  new_seq,
  ...Object.fromEntries(Object.entries(patch).filter(([, fields]) => Object.keys(fields).length > 0)),
  evicted: evicted.map(({ id }) => id),
});

/** How far back it is worth looking for what changed since. */
const LOOK_BACK = 100;

async function demandCurrent(reader: Reader, run: StoredRun, expected: number): Promise<void> {
  if (expected === run.seq) return;
  const found = `expected_seq is ${expected}, the working set of ${run.id} is at seq ${run.seq}. Nothing was changed.`;
  if (expected > run.seq)
    throw new EngineError(
      'conflict',
      `${found} There has been no seq ${expected} yet.`,
      `Read run://${run.id} with fetch and repeat the patch with expected_seq ${run.seq}.`,
    );
  const since = await lastOfType(reader, streamOf(run.id), {
    type: 'WS_UPDATE_APPLIED',
    limit: Math.min(run.seq - expected, LOOK_BACK),
  });
  const fields = [...new Set(since.flatMap(({ content }) => touched(content)))].sort();
  const changed = [
    ...(fields.length > 0 ? [fields.join(', ')] : []),
    ...unseen(run.seq - expected, since.length),
  ];
  throw new EngineError(
    'conflict',
    `${found} Changed since ${expected}: ${changed.join(', and ') || 'no field'}.${values(run, fields)}`,
    `Read run://${run.id} with fetch, then repeat what still holds with expected_seq ${run.seq}.`,
  );
}

/** What else was changed in so many patches, of which these were seen. An imported run's stand in the history it came with. */
function unseen(patches: number, seen: number): string[] {
  if (seen < Math.min(patches, LOOK_BACK)) return ['what was patched before the run was imported'];
  return patches > LOOK_BACK ? [`more before the last ${LOOK_BACK} patches`] : [];
}

function touched(content: string | null): string[] {
  if (content === null) return [];
  const { evicted = [], ...patch }: Partial<Patch> & { evicted?: string[] } = JSON.parse(content);
  return [...fieldsOf(patch), ...(evicted.length > 0 ? ['sliding_context'] : [])];
}

/** The values as they are now, cut: often they are all that is needed to decide. */
function values(run: StoredRun, fields: readonly string[]): string {
  const held: Record<string, unknown> = JSON.parse(run.working_set);
  return fields.map(field => `\n- ${field}: ${shorten(canonicalJson(held[field]), 200)}`).join('');
}

/** In a transaction of its own: the one that was refused left nothing behind. */
const recordRefusal = (
  { store, sources }: Parts,
  call: Call,
  { run_id, ...payload }: Refused & { readonly reason: string },
): Promise<number> =>
  store.write(call.namespace, writer =>
    append(writer, sources, {
      stream: streamOf(run_id),
      type: 'WS_UPDATE_REJECTED',
      at: sources.now(),
      payload,
    }),
  );

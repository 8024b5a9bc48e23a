import { EngineError, refusal } from '../errors.js';
import { type Replayable, transact } from '../ledger/ledger.js';
import { leastTrusted } from '../memory/draft.js';
import type { Call } from '../schema/call.js';
import { misfits } from '../schema/misfit.js';
import type { Scope } from '../schema/scope.js';
import { WorkingSet } from '../schema/working-set.js';
import { describeWritten, normalise, scopeToWrite } from '../scope.js';
import { runByExternalId, type StoredRun } from '../store/runs.js';
import type { Reader, Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { type CountTokens, tokenCounter } from '../text/tokens.js';
import { beginRun } from './begin.js';
import { demandFit } from './budget.js';
import { demandRun } from './find.js';
import { checkOpening, HINT, type Opened, type Opening } from './opening.js';
import { findOrigin, type Origin, readOrigin } from './origin.js';
import type { Parts } from './parts.js';
import { resume } from './resume.js';

/** Opens a new run, forks one from an earlier point, or resumes the one that `run_id` or `external_id` names. */
export async function openRun(parts: Parts, input: Opening, call: Call): Promise<Replayable<Opened>> {
  const { asked, redactions } = await checkOpening(parts, input);
  const count = await tokenCounter();
  const foreign = await foreignOrigin(parts, asked, call);
  return transact(parts, call, async writer => {
    const known = await existing(writer, asked);
    if (known) return redacting(redactions, await resume(parts, writer, { run: known, asked, call }));
    const begun = await begin(parts, writer, { asked, call, count, foreign: foreign?.origin });
    return redacting([...redactions, ...(foreign?.redactions ?? [])], begun);
  });
}

const redacting = (redacted: readonly Redaction[], opened: Opened): Opened =>
  redacted.length > 0 ? { ...opened, redacted } : opened;

/** What is kept as it came from elsewhere, with its secrets redacted, for a run goes on from nothing else. */
async function foreignOrigin({ store, origins, options }: Parts, { from }: Opening, { namespace }: Call) {
  if (from === undefined) return undefined;
  const origin = await store.read(namespace, reader => findOrigin(reader, from, origins));
  if (!origin?.foreign) return undefined;
  const { value: fields, redactions } = await redact(origin.fields, options.redact);
  return { origin: { ...origin, fields }, redactions };
}

const existing = (reader: Reader, { run_id, external_id }: Opening): Promise<StoredRun | undefined> =>
  run_id !== undefined
    ? demandRun(reader, run_id)
    : external_id
      ? runByExternalId(reader, external_id)
      : Promise.resolve(undefined);

type Beginning = {
  readonly asked: Opening;
  readonly call: Call;
  readonly count: CountTokens;
  readonly foreign: Origin | undefined;
};

async function begin(
  parts: Parts,
  writer: Writer,
  { asked, call, count, foreign }: Beginning,
): Promise<Opened> {
  const { sources, origins, options } = parts;
  if (asked.from === undefined && asked.objective === undefined)
    throw new EngineError(
      'not_found',
      `There is no run with the external_id ${JSON.stringify(asked.external_id)}.`,
      'Call run_open again with an objective to open it.',
    );
  const found = asked.from === undefined ? undefined : await readOrigin(writer, asked.from, origins);
  const origin = found?.foreign ? demandClean(found, foreign) : found;
  const run_id = sources.newId('run');
  const parsed = WorkingSet.safeParse(initial(run_id, asked, { origin }), { reportInput: true });
  if (!parsed.success)
    throw refusal(misfits(parsed.error), { refused: 'The run was not opened', hint: HINT });
  const fitting = { budget: options.wsMaxTokens, count, incoming: new Set<string>() };
  const { working_set, evicted } = demandFit(parsed.data, fitting);
  const scope = scopeOf(asked, { origin, call });
  await beginRun(writer, sources, {
    type: 'RUN_START',
    working_set,
    external_id: asked.external_id ?? null,
    scope,
    trust: leastTrusted(['agent', origin?.trust ?? 'agent']),
    origin: origin?.uri ?? null,
    at: sources.now(),
    evicted,
  });
  return {
    run_id,
    seq: 0,
    working_set,
    ...(origin && { forked_from: origin.uri, ...omittedOf(origin, asked) }),
    ...(evicted.length > 0 && { evicted }),
    scope: describeWritten(scope),
  };
}

function demandClean({ uri }: Origin, clean: Origin | undefined): Origin {
  if (clean?.uri === uri) return clean;
  throw new EngineError('conflict', `${uri} came along with a pack just now.`, 'Call run_open again.');
}

/** What the call gives itself is not missed. */
function omittedOf({ omitted = {} }: Origin, asked: Opening): Pick<Opened, 'omitted'> {
  const given = new Set(Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : name)));
  const left = Object.entries(omitted).filter(([field]) => !given.has(field));
  return left.length === 0 ? {} : { omitted: Object.fromEntries(left) };
}

/** A fork works where its origin did, unless it is told otherwise. */
function scopeOf(
  { graph_nodes, tags }: Opening,
  { origin, call }: { readonly origin: Origin | undefined; readonly call: Call },
): Scope {
  if (!origin) return scopeToWrite({ graph_nodes, tags, globalByDefault: false }, call.home);
  return normalise({ graph_nodes: graph_nodes ?? origin.scope.graph_nodes, tags: tags ?? origin.scope.tags });
}

const EMPTY = {
  status: 'BOOT',
  acceptance_criteria: [],
  current_stage: 'BOOT',
  next_action: '',
  constraints: [],
  artifact_refs: [],
  blockers: [],
  last_action_summary: '',
  pinned_context: [],
  sliding_context: [],
} as const;

/** A new working set, or a copy of the origin's that is idle at seq 0; what the call gives is taken from the call. */
function initial(
  run_id: string,
  { task_id, thread_id, objective, acceptance_criteria, constraints }: Opening,
  { origin }: { readonly origin: Origin | undefined },
): Record<string, unknown> {
  const asked = { task_id, thread_id, objective, acceptance_criteria, constraints };
  return {
    ...EMPTY,
    task_id: run_id,
    thread_id: run_id,
    ...origin?.fields,
    ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)),
    ...(origin && { status: 'IDLE' }),
    _schema_version: '2.1',
    _update_seq: 0,
    run_id,
  };
}

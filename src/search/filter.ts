import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import { HIT_KINDS, type HitKind, PASSAGE_KINDS } from '../schema/hit-kind.js';
import type { MemoryStatus, MemoryType } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { describeScope, describeWritten, type ReadScope, scopeToRead } from '../scope.js';
import { findRun, findSession } from '../store/named.js';
import type { Reader } from '../store/store.js';
import { formatTime, timeArgument } from '../text/time.js';
import type { Filter } from './families.js';

/** What narrows a search besides its words. */
export type Narrowing = ReadScope & {
  /** Omitted or empty means every kind, or memories where types or statuses are given. */
  readonly kinds?: readonly HitKind[] | undefined;
  /** These two narrow memories only. */
  readonly types?: readonly MemoryType[] | undefined;
  readonly statuses?: readonly MemoryStatus[] | undefined;
  /** Only messages, summaries and blobs of this session: id, URI or external id. */
  readonly session_id?: string | undefined;
  /** Only episodes and medallions of this run: id, URI or external id. */
  readonly run_id?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly as_of?: string | undefined;
  readonly valid_at?: string | undefined;
};

/** Times of the first page, which later ones keep. */
export type Frozen = {
  readonly now: number;
  readonly start?: { readonly asOf: number; readonly validAt: number };
};

export type Resolved = {
  readonly filter: Filter;
  readonly asOf: number | undefined;
  readonly validAt: number;
  /** Of the session that was named. */
  readonly sessionId?: string;
  readonly scope: string;
  /** Why nothing can be found, whatever is kept. */
  readonly impossible?: string;
};

type Within = {
  readonly scope: ScopeFilter;
  readonly named: string;
  readonly sessionId?: string;
  readonly runId?: string;
};

/** Which rows a search looks at. Throws `not_found` for a session or run that there is not, `invalid` for a wrong time. */
export async function resolve(
  reader: Reader,
  input: Narrowing,
  { call, now, start }: Frozen & { readonly call: Call },
): Promise<Resolved> {
  const asOf = start?.asOf ?? passed(timeArgument('as_of', input.as_of), now);
  const since = timeArgument('since', input.since);
  const until = timeArgument('until', input.until);
  demandSpan(since, until);
  const validAt = start?.validAt ?? timeArgument('valid_at', input.valid_at) ?? now;
  const { scope, named, ...inside } = await within(reader, input, call);
  const times = {
    ...(asOf !== undefined && { asOf }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
  const kinds = kindsOf(input);
  const passages = PASSAGE_KINDS.filter(kind => kinds.includes(kind));
  const statuses = input.statuses?.length ? input.statuses : (['active'] as const);
  const impossible = nowhere(kinds, inside);
  const somewhere = inside.sessionId !== undefined || inside.runId !== undefined;
  return {
    filter: {
      ...(kinds.includes('memory') &&
        !somewhere && { memories: { scope, statuses, types: input.types ?? [], validAt, ...times } }),
      ...(passages.length > 0 && { passages: { kinds: passages, scope, ...inside, ...times } }),
    },
    asOf,
    validAt,
    ...(inside.sessionId !== undefined && { sessionId: inside.sessionId }),
    scope: named,
    ...(impossible !== undefined && { impossible }),
  };
}

const IN_SESSION: readonly HitKind[] = ['message', 'summary', 'blob'];
const IN_RUN: readonly HitKind[] = ['episode', 'medallion'];

/** What narrows to nothing, since it looks as if there were nothing. */
function nowhere(
  kinds: readonly HitKind[],
  { sessionId, runId }: Omit<Within, 'scope' | 'named'>,
): string | undefined {
  if (sessionId !== undefined && runId !== undefined)
    return 'Nothing is both in a session and of a run: repeat with session_id or run_id alone.';
  const [name, held] = sessionId === undefined ? ['run_id', IN_RUN] : ['session_id', IN_SESSION];
  if ((sessionId ?? runId) === undefined || kinds.some(kind => held.includes(kind))) return undefined;
  return `With ${name} only kinds ${held.join(', ')} are found, and ${kinds.join(', ')} was asked for: repeat without ${name}, or without kinds, types and statuses.`;
}

/** Of what is yet to come nothing more is known than now, and a cursor would not keep it still. */
const passed = (asOf: number | undefined, now: number): number | undefined =>
  asOf === undefined ? undefined : Math.min(asOf, now);

function demandSpan(since: number | undefined, until: number | undefined): void {
  if (since === undefined || until === undefined || since < until) return;
  throw new EngineError(
    'invalid',
    `since is ${formatTime(since)} and until ${formatTime(until)}: nothing lies between.`,
    'Give an until that is later than since; until itself is left out, so one day ends with the next.',
  );
}

function kindsOf({ kinds, types, statuses }: Narrowing): readonly HitKind[] {
  if (kinds && kinds.length > 0) return kinds;
  return types?.length || statuses?.length ? ['memory'] : HIT_KINDS;
}

/** A session or run that is named stands for its own scope, as a URI does in fetch. */
async function within(reader: Reader, input: Narrowing, { home }: Call): Promise<Within> {
  const { session_id, run_id } = input;
  const session = session_id === undefined ? undefined : await findSession(reader, session_id);
  if (session_id !== undefined && !session) throw missing('session', session_id, 'session_append');
  const run = run_id === undefined ? undefined : await findRun(reader, run_id);
  if (run_id !== undefined && !run) throw missing('run', run_id, 'run_open');
  const noun = session ?? run;
  const scope = scopeToRead(noun && !input.graph_nodes ? { ...input, all: true } : input, home);
  return {
    scope,
    named: noun && !input.graph_nodes ? describeWritten(noun.scope) : describeScope(scope),
    ...(session && { sessionId: session.id }),
    ...(run && { runId: run.id }),
  };
}

const missing = (noun: string, ref: string, tool: string): EngineError =>
  new EngineError(
    'not_found',
    `There is no ${noun} ${JSON.stringify(ref.slice(0, 200))}.`,
    `Take the id that ${tool} returned, or leave it out to search the scope.`,
  );

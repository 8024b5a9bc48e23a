import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Scope, ScopeFilter } from '../schema/scope.js';
import { WorkingSet } from '../schema/working-set.js';
import { normalise, scopeToRead } from '../scope.js';
import { demandSession } from '../session/find.js';
import { everyId } from '../store/every-row.js';
import { aliasesOf, importBySha256 } from '../store/imports.js';
import { findRun, findSession } from '../store/named.js';
import { runById, type StoredRun } from '../store/runs.js';
import { pageSessions, type StoredSession, sessionById } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import type { Included, PackExport } from './asked.js';
import { runIds } from './gather.js';
import { packOf } from './origins.js';
import { importedSessions } from './resolve.js';

export type Chosen = {
  readonly runs: readonly StoredRun[];
  readonly sessions: readonly StoredSession[];
  readonly scope: Scope;
  readonly filter: ScopeFilter;
};

type Asked = { readonly input: PackExport; readonly included: Included; readonly call: Call };

/** Which runs and sessions a pack is to hold, and about which scope. Throws `not_found`. */
export async function choose(reader: Reader, { input, included, call }: Asked): Promise<Chosen> {
  const named: StoredSession[] = [];
  for (const id of included.named) named.push(await demandVisible(reader, id));
  if (input.run_id !== undefined) {
    const run = await demandRun(reader, input.run_id);
    const { graph_nodes, tags } = run.scope;
    const filter = { nodes: { match: 'named', allOf: graph_nodes }, tags } as const;
    const linked = included.everySession ? await sessionsOfRun(reader, run) : [];
    return { runs: [run], sessions: once([...named, ...linked]), scope: run.scope, filter };
  }
  const filter = scopeToRead(input, call.home);
  const runs: StoredRun[] = [];
  for (const id of included.include.includes('runs') ? await runIds(reader, filter) : []) {
    const run = await runById(reader, id);
    if (run) runs.push(run);
  }
  const about = included.everySession ? await sessionsAbout(reader, filter) : [];
  return { runs, sessions: once([...named, ...about]), scope: normalise(input), filter };
}

const once = (sessions: readonly StoredSession[]): StoredSession[] =>
  [...new Map(sessions.map(session => [session.id, session])).values()].sort((left, right) =>
    left.id < right.id ? -1 : 1,
  );

/** A run of this database, or the one that a run of another became here. Throws `not_found`. */
async function demandRun(reader: Reader, ref: string): Promise<StoredRun> {
  const run = await findRun(reader, ref);
  if (run) return run;
  for (const { local_id } of await aliasesOf(reader, ref)) {
    const imported = await runById(reader, local_id);
    if (imported) return imported;
  }
  throw new EngineError(
    'not_found',
    `There is no run ${JSON.stringify(ref.slice(0, 200))}.`,
    'Use the run_id that run_open returned; load_by_scope lists the open runs.',
  );
}

async function demandVisible(reader: Reader, id: string): Promise<StoredSession> {
  const session = await demandSession(reader, id);
  if (session.hidden_at === null) return session;
  throw new EngineError('not_found', `Session ${id} was deleted.`, 'Leave it out of include.');
}

/** The conversation a run belongs to: its thread_id or its external_id is the session's id or external_id. */
async function sessionsOfRun(reader: Reader, run: StoredRun): Promise<StoredSession[]> {
  const { thread_id } = WorkingSet.parse(JSON.parse(run.working_set));
  const found: StoredSession[] = [];
  for (const ref of [thread_id, run.external_id]) {
    const session = ref === null ? undefined : await findSession(reader, ref);
    if (session?.hidden_at === null) found.push(session);
  }
  return [...found, ...(await sessionsImportedWith(reader, run))];
}

/** A conversation has no external_id where it was imported: it is the run's because it came in the pack of the run. */
async function sessionsImportedWith(reader: Reader, { origin }: StoredRun): Promise<StoredSession[]> {
  const sha256 = packOf(origin);
  const pack = sha256 === undefined ? undefined : await importBySha256(reader, sha256);
  if (pack?.kind !== 'run') return [];
  const sessions = await importedSessions(reader, pack.id);
  return sessions.filter(({ hidden_at }) => hidden_at === null);
}

const PAGE = 1000;

async function sessionsAbout(reader: Reader, scope: ScopeFilter): Promise<StoredSession[]> {
  const found: StoredSession[] = [];
  for (const id of await everyId(afterId => pageSessions(reader, { afterId, limit: PAGE, scope }))) {
    const session = await sessionById(reader, id);
    if (session) found.push(session);
  }
  return found;
}

import { EngineError } from '../errors.js';
import { append } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import { WorkingSet } from '../schema/working-set.js';
import { describeWritten, homeNodes, isElsewhere, normalise } from '../scope.js';
import { type StoredRun, touchRun } from '../store/runs.js';
import type { Reader, Writer } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import type { Opened, Opening } from './opening.js';
import { findOrigin, type Origins } from './origin.js';
import { type Parts, streamOf } from './parts.js';

type Resuming = { readonly run: StoredRun; readonly asked: Opening; readonly call: Call };

/** Goes on with a run as it stands. Throws `conflict` when the call has another run in mind. */
export async function resume(
  { sources, origins }: Parts,
  writer: Writer,
  { run, asked, call }: Resuming,
): Promise<Opened> {
  demandWithin(run, asked, call);
  const working_set = WorkingSet.parse(JSON.parse(run.working_set));
  const { from: named } = asked;
  const from =
    named !== undefined && (await isOrigin(writer, run, { from: named, origins })) ? undefined : named;
  demandSameIdentity(run, { working_set, asked: { ...asked, from } });
  const at = sources.now();
  const by = asked.run_id === undefined ? 'external_id' : 'run_id';
  await append(writer, sources, { stream: streamOf(run.id), type: 'RESUMED', at, payload: { by } });
  await touchRun(writer, run.id, at);
  const { acceptance_criteria, constraints } = asked;
  const held = { acceptance_criteria: working_set.acceptance_criteria, constraints: working_set.constraints };
  const ignored = Object.keys(held).filter(name => differs({ acceptance_criteria, constraints }, held, name));
  return {
    run_id: run.id,
    seq: run.seq,
    working_set,
    resumed: true,
    ...(ignored.length > 0 && { not_applied: ignored }),
    scope: describeWritten(run.scope),
  };
}

const differs = (
  asked: Readonly<Record<string, unknown>>,
  held: Readonly<Record<string, unknown>>,
  name: string,
): boolean => asked[name] !== undefined && canonicalJson(asked[name]) !== canonicalJson(held[name]);

/** What makes a run this one and no other; a caller that has another in mind must hear of it. */
function demandSameIdentity(
  run: StoredRun,
  { working_set, asked }: { readonly working_set: WorkingSet; readonly asked: Opening },
): void {
  const scope = normalise(asked);
  const pairs: [string, string | undefined, string | null][] = [
    ['objective', asked.objective, working_set.objective],
    ['task_id', asked.task_id, working_set.task_id],
    ['thread_id', asked.thread_id, working_set.thread_id],
    ['external_id', asked.external_id, run.external_id],
    ['graph_nodes', asked.graph_nodes && scope.graph_nodes.join(', '), run.scope.graph_nodes.join(', ')],
    ['tags', asked.tags && scope.tags.join(', '), run.scope.tags.join(', ')],
    ['from', asked.from, run.origin],
  ];
  const differing = pairs.filter(([, wanted, actual]) => wanted !== undefined && wanted !== actual);
  if (differing.length === 0) return;
  const named = differing.map(([name, , actual]) => `${name} is ${JSON.stringify(actual)?.slice(0, 200)}`);
  throw new EngineError(
    'conflict',
    `Run ${run.id} exists and is another one: its ${named.join(', its ')}.`,
    'Leave these arguments out to resume it, or open another run with another external_id or none.',
  );
}

/**
 * Who begins a piece of work under a name that one of another project has already would go on with that, and read its
 * state. Whoever gives no objective means that one; whoever names a scope or an origin is told where it differs.
 */
function demandWithin({ id, scope }: StoredRun, asked: Opening, { home }: Call): void {
  const { run_id, objective, graph_nodes, from } = asked;
  const begins = run_id === undefined && objective !== undefined;
  if (!begins || graph_nodes !== undefined || from !== undefined || !isElsewhere(scope, home)) return;
  throw new EngineError(
    'conflict',
    `Run ${id} has that external_id already and is about ${describeWritten(scope)}, not ${homeNodes(home).join(' & ')}.`,
    'Give another external_id to open one here, or leave objective out to go on with that one.',
  );
}

type Named = { readonly from: string; readonly origins: Origins };

/** It may have been named otherwise: by an external id, the id it had elsewhere, or without the version of then. */
async function isOrigin(reader: Reader, { origin }: StoredRun, { from, origins }: Named): Promise<boolean> {
  if (origin === null) return false;
  const stored = bare(origin);
  if (stored === bare(from) || stored.startsWith(`${bare(from)}/v/`)) return true;
  const uri = (await findOrigin(reader, from, origins))?.uri;
  return (
    uri === origin || (uri !== undefined && !VERSION.test(from) && unversioned(uri) === unversioned(origin))
  );
}

const VERSION = /\/v\/\d{1,9}$/;
const unversioned = (uri: string): string => uri.replace(VERSION, '');
const bare = (uri: string): string => uri.replace(/^[a-z]+:\/\//, '');

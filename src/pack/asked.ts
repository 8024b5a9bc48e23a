import { EngineError } from '../errors.js';
import { PACK_PARTS, type PackPart } from '../schema/pack.js';

export type PackExport = {
  readonly run_id?: string | undefined;
  readonly graph_nodes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Parts, and the ids or URIs of single sessions. */
  readonly include?: readonly string[] | undefined;
  readonly redact?: boolean | undefined;
  readonly path?: string | undefined;
};

export type Included = {
  /** Sorted; with a session named also `sessions`. */
  readonly include: readonly PackPart[];
  /** The sessions that are named; those of the run or the scope come along only if `sessions` was asked for. */
  readonly named: readonly string[];
  readonly everySession: boolean;
};

const SESSION = /^(?:session:\/\/)?(ses_[0-9a-f]{32})$/;

/** What a pack is to hold. Throws `invalid` for what cannot be asked together. */
export function demandIncluded({
  run_id,
  graph_nodes,
  tags,
  include: wanted = [],
  redact,
}: PackExport): Included {
  const byScope = graph_nodes !== undefined || tags !== undefined;
  const hint = 'Call pack_export with run_id, or with graph_nodes and/or tags.';
  if (run_id !== undefined && byScope)
    throw new EngineError('invalid', 'Both run_id and a scope were given.', hint);
  if (run_id === undefined && !byScope)
    throw new EngineError('invalid', 'Nothing says what to export.', hint);
  const include = new Set(wanted.map(partOf));
  if (run_id !== undefined && include.has('runs'))
    throw new EngineError('invalid', 'include "runs" belongs to a pack of a scope.', hint);
  if (redact && (include.has('memories') || include.has('evidence')))
    throw new EngineError(
      'invalid',
      'redact leaves out memories and evidence, and include asks for them.',
      'Give one of the two.',
    );
  const named = wanted.flatMap(part => SESSION.exec(part)?.[1] ?? []);
  return { include: [...include].sort(), named, everySession: wanted.includes('sessions') };
}

function partOf(wanted: string): PackPart {
  const part = PACK_PARTS.find(known => known === wanted);
  if (part !== undefined) return part;
  if (SESSION.test(wanted)) return 'sessions';
  throw new EngineError(
    'invalid',
    `include holds ${JSON.stringify(wanted.slice(0, 200))}.`,
    `Give ${PACK_PARTS.join(', ')}, or the id of a session.`,
  );
}

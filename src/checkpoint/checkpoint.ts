import { EngineError } from '../errors.js';
import { type Replayable, transact } from '../ledger/ledger.js';
import { leastTrusted } from '../memory/draft.js';
import type { Call } from '../schema/call.js';
import { type Checkpoint, type Evidence, type Medallion, SCHEMA_VERSION } from '../schema/medallion.js';
import type { Scope } from '../schema/scope.js';
import { describeWritten } from '../scope.js';
import { findVersion, type MedallionRow, medallionOfScope } from '../store/medallions.js';
import { runByExternalId, runById } from '../store/runs.js';
import { internScope } from '../store/scopes.js';
import type { Reader, Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { formatTime } from '../text/time.js';
import { type Changed, describeChanges, differing } from './changes.js';
import { demandStorable, evidenceOf, scopeOfCheckpoint } from './check.js';
import { demandShort, digest } from './high-level.js';
import { type Content, merge, NOTHING } from './merge.js';
import type { Parts } from './parts.js';
import { evidenceOwner, strike } from './strike.js';
import { demandContained } from './supersede.js';

export type Checkpointed = {
  readonly medallion_id: string;
  readonly uri: string;
  readonly version: number;
  /** Whether this is the first version. */
  readonly created: boolean;
  readonly changed: Changed;
  readonly superseded?: readonly string[];
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Makes the next version of the medallion of exactly one scope, with its evidence, or the first. */
export async function checkpoint(
  parts: Parts,
  input: Checkpoint,
  call: Call,
): Promise<Replayable<Checkpointed>> {
  demandStorable(input);
  const { value: clean, redactions } = await redact(input, parts.options.redact);
  const scope = scopeOfCheckpoint(clean, call.home);
  if (clean.high_level !== undefined) await demandShort(clean.high_level);
  const asked = { input: clean, scope, digest: await digest(clean.session_summary) };
  return transact(parts, call, async writer => {
    const made = await next(parts, writer, { ...asked, call });
    return redactions.length > 0 ? { ...made, redacted: redactions } : made;
  });
}

type Asked = {
  readonly input: Checkpoint;
  readonly scope: Scope;
  /** The high level of a first version that brings none. */
  readonly digest: string;
  readonly call: Pick<Call, 'trust'>;
};

/** For callers that hold the transaction and have checked the input. */
async function next(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  { input, scope, digest: beginning, call }: Asked,
): Promise<Checkpointed> {
  const scopeId = await internScope(writer, scope);
  const known = await medallionOfScope(writer, scopeId);
  const before = known && (await medallionOf(writer, known));
  await demandVersion(writer, { known, before, scope, expected: input.expected_version });
  const base = before ?? NOTHING;
  const content = merge(base, { ...input, high_level: input.high_level ?? (before ? undefined : beginning) });
  demandRoom(content);
  const at = sources.now();
  const id = known?.id ?? sources.newId('med');
  const run = await runOf(writer, input.run_id);
  const trust = leastTrusted([call.trust, ...(before ? [before.meta.trust] : [])]);
  const { medallion, evidence } = assemble({ id, at, scope, run, trust, content, before, input });
  const superseded = await demandContained(writer, { id, scope, named: input.supersedes ?? [] });
  await strike(writer, sources, { medallion, evidence, at, scopeId, superseded });
  const { version } = medallion.meta;
  return {
    medallion_id: id,
    uri: `medallion://${id}`,
    version,
    created: version === 1,
    changed: differing(base, content),
    ...(superseded.length > 0 && { superseded: superseded.map(one => one.id) }),
    scope: describeWritten(scope),
  };
}

type Pieces = Pick<Asked, 'input' | 'scope'> & {
  readonly id: string;
  readonly at: number;
  readonly run: string | null;
  readonly trust: Medallion['meta']['trust'];
  readonly content: Content;
  readonly before: Medallion | undefined;
};

/** Knowledge reaches from the first checkpoint to this one. */
function assemble({ id, at, scope, run, trust, content, before, input }: Pieces): {
  medallion: Medallion;
  evidence: Evidence;
} {
  const now = formatTime(at);
  const version = (before?.meta.version ?? 0) + 1;
  const times = (edge: string | null | undefined) => (edge ? [edge, now].sort() : [now]);
  const medallion: Medallion = {
    meta: {
      medallion_id: id,
      schema_version: SCHEMA_VERSION,
      version,
      model: input.model ?? before?.meta.model ?? 'unknown',
      created_at: before?.meta.created_at ?? now,
      updated_at: now,
      knowledge_min_ts: times(before?.meta.knowledge_min_ts)[0] ?? now,
      knowledge_max_ts: times(before?.meta.knowledge_max_ts).at(-1) ?? now,
      run_id: run,
      evidence: evidenceOwner(id, version),
      trust,
    },
    scope: { graph_nodes: [...scope.graph_nodes], tags: [...scope.tags] },
    ...content,
  };
  return { medallion, evidence: evidenceOf(input) };
}

export async function medallionOf(
  reader: Reader,
  { id, version }: Pick<MedallionRow, 'id' | 'version'>,
): Promise<Medallion> {
  const stored = await findVersion(reader, id, version);
  if (!stored) throw new Error(`${id} has no version ${version}.`);
  const medallion: Medallion = JSON.parse(stored.content);
  return medallion;
}

type Expected = Pick<Asked, 'scope'> & {
  readonly known: MedallionRow | undefined;
  readonly before: Medallion | undefined;
  readonly expected: number | undefined;
};

async function demandVersion(reader: Reader, { known, before, scope, expected }: Expected): Promise<void> {
  const current = known?.version ?? 0;
  if (expected === undefined || expected === current) return;
  if (!known || !before)
    throw new EngineError(
      'conflict',
      `expected_version is ${expected}, but ${describeWritten(scope)} has no medallion yet.`,
      'Call checkpoint with expected_version 0 or without it.',
    );
  const seen = expected > 0 && expected < current ? await findVersion(reader, known.id, expected) : undefined;
  const old: Medallion | undefined = seen && JSON.parse(seen.content);
  throw new EngineError(
    'conflict',
    `expected_version is ${expected}, but ${known.id} is at version ${current}.${old ? ` Since then: ${describeChanges(differing(old, before))}.` : ''}`,
    `Nothing was changed. Fetch medallion://${known.id}, then repeat with expected_version ${current}.`,
  );
}

const LISTS = ['decisions', 'open_questions'] as const;

/** Whoever reads it back must find it whole, so it is refused rather than cut. */
function demandRoom(content: Content): void {
  const full = [
    ...LISTS.map(name => ({ name, count: content[name].length, most: 500 })),
    { name: 'subsystems', count: content.summary.subsystems.length, most: 200 },
    { name: 'resolved_questions', count: content.resolved_questions.length, most: 500 },
  ].filter(({ count, most }) => count > most);
  if (full.length === 0) return;
  throw new EngineError(
    'too_large',
    full
      .map(({ name, count, most }) => `${name} would have ${count} entries, at most ${most} fit.`)
      .join(' '),
    'Retract or resolve some, or checkpoint a narrower scope beside this one.',
  );
}

async function runOf(reader: Reader, idOrExternal: string | undefined): Promise<string | null> {
  if (idOrExternal === undefined) return null;
  const name = idOrExternal.replace(/^run:\/\//, '');
  const run = (await runById(reader, name)) ?? (await runByExternalId(reader, name));
  if (run) return run.id;
  throw new EngineError(
    'not_found',
    `There is no run ${name}.`,
    'Pass the run_id that run_open returned, or leave it out.',
  );
}

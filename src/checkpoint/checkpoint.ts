import { EngineError } from '../errors.js';
import { isAnswered, type Replayable, transact } from '../ledger/ledger.js';
import { leastTrusted } from '../memory/draft.js';
import { demandRun } from '../run/find.js';
import type { Call } from '../schema/call.js';
import { type Checkpoint, type Evidence, type Medallion, SCHEMA_VERSION } from '../schema/medallion.js';
import type { Scope } from '../schema/scope.js';
import { describeWritten } from '../scope.js';
import { findVersion, type MedallionRow, medallionOfScope } from '../store/medallions.js';
import { internScope, knownScope } from '../store/scopes.js';
import type { Reader, Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { formatTime } from '../text/time.js';
import { type Changed, describeChanges, differing } from './changes.js';
import { demandFitting, demandStorable, evidenceOf, scopeOfCheckpoint } from './check.js';
import { type Draft, draft, isBare } from './draft.js';
import { demandShort, digest } from './high-level.js';
import { type Content, merge, NOTHING } from './merge.js';
import type { DraftingParts, Parts } from './parts.js';
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
  /** The model that drafted what this version says. */
  readonly written_by?: string;
  /** Why it did not. */
  readonly note?: string;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/**
 * Makes the next version of the medallion of exactly one scope, with its evidence, or the first. What brings evidence
 * only is drafted by the writer, if there is one.
 */
export async function checkpoint(
  parts: DraftingParts,
  input: Checkpoint,
  call: Call,
): Promise<Replayable<Checkpointed>> {
  demandStorable(input);
  const { value: clean, redactions } = await redact(input, parts.options.redact);
  if (redactions.length > 0) demandFitting(clean);
  const scope = scopeOfCheckpoint(clean, call.home);
  if (clean.high_level !== undefined) await demandShort(clean.high_level);
  const drafted = isBare(clean) ? await draftedFor(parts, { input: clean, scope }, call) : undefined;
  const asked = { input: clean, scope, digest: await digest(clean.session_summary), drafted };
  return transact(parts, call, async writer => {
    const made = await next(parts, writer, { ...asked, call });
    return redactions.length > 0 ? { ...made, redacted: redactions } : made;
  });
}

type Drafted = { readonly draft: Draft; readonly by: string } | { readonly note: string };

/** Nothing is asked for what is answered already or will be refused. */
async function draftedFor(
  parts: DraftingParts,
  { input, scope }: Pick<Asked, 'input' | 'scope'>,
  call: Call,
): Promise<Drafted | undefined> {
  if (!(call.writer ?? parts.model) || (await isAnswered(parts.store, call))) return undefined;
  const base = await parts.store.read(call.namespace, async reader => {
    const { before } = await standing(reader, { input, scope, scopeId: await knownScope(reader, scope) });
    await runOf(reader, input.run_id);
    return before ?? NOTHING;
  });
  const answer = await draft(parts, { input, base }, call);
  if (answer?.is === 'written') return { draft: answer.value, by: answer.by };
  const why = answer?.is === 'failed' ? answer.why : 'it was asked too often this hour (writerCallsPerHour)';
  return { note: `The writer did not draft this: ${why.replace(/\.$/, '')}.` };
}

type Asked = {
  readonly drafted: Drafted | undefined;
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
  asked: Asked,
): Promise<Checkpointed> {
  const { scope, call } = asked;
  const scopeId = await internScope(writer, scope);
  const { known, before } = await standing(writer, { ...asked, scopeId });
  const base = before ?? NOTHING;
  const { content, input, ...said } = contentOf(base, asked);
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
    ...said,
    scope: describeWritten(scope),
  };
}

/** What stands under a scope now, unless that is not what was expected. */
async function standing(
  reader: Reader,
  { input, scope, scopeId }: Pick<Asked, 'input' | 'scope'> & { readonly scopeId: number | undefined },
): Promise<Pick<Expected, 'known' | 'before'>> {
  const known = scopeId === undefined ? undefined : await medallionOfScope(reader, scopeId);
  const before = known && (await medallionOf(reader, known));
  await demandVersion(reader, { known, before, scope, expected: input.expected_version });
  return { known, before };
}

/** What the next version says and who wrote it: a draft that no longer fits gives way to the digest. */
function contentOf(
  base: Content,
  { input, digest: beginning, drafted }: Asked,
): { readonly content: Content; readonly input: Checkpoint } & Pick<Checkpointed, 'written_by' | 'note'> {
  const high_level = input.high_level ?? (base === NOTHING ? beginning : undefined);
  const plain = { content: merge(base, { ...input, high_level }), input };
  if (!drafted) return plain;
  if ('note' in drafted) return { ...plain, note: drafted.note };
  const content = mergeDraft(base, drafted.draft);
  if (!content) return { ...plain, note: 'What the writer drafted did not fit what was stored meanwhile.' };
  return { content, input: { ...input, model: input.model ?? drafted.by }, written_by: drafted.by };
}

/** Undefined when a draft does not fit what stands now. */
function mergeDraft(base: Content, drafted: Draft): Content | undefined {
  try {
    const content = merge(base, drafted);
    demandRoom(content);
    return content;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
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

async function medallionOf(
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

const runOf = async (reader: Reader, ref: string | undefined): Promise<string | null> =>
  ref === undefined ? null : (await demandRun(reader, ref)).id;

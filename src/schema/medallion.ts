import * as z from 'zod';
import { share, wholeNumber } from './amount.js';
import { Trust } from './memory.js';

export const SCHEMA_VERSION = 'medallion.v1';
/** `high_level` may hold this many tokens of o200k_base; more is refused with the count. */
export const MAX_HIGH_LEVEL_TOKENS = 300;

const Text = z.string().max(8000);
const Line = z.string().min(1).max(2000);
const Lines = z.array(Line).max(200);

const SUBSYSTEM_STATUSES = ['unknown', 'stable', 'in_progress', 'deprecated'] as const;
export const PRIORITIES = ['low', 'medium', 'high'] as const;
export const MEDALLION_STATUSES = ['active', 'stale', 'superseded'] as const;

export const Subsystem = z.object({
  name: z.string().min(1).max(200),
  status: z.enum(SUBSYSTEM_STATUSES),
  notes: Text,
});

/** `id` by convention `D-001`. */
export const MedallionDecision = z.object({
  id: z.string().min(1).max(100),
  statement: Line,
  rationale: Text,
  confidence: z.number().min(0).max(1),
});

/** `id` by convention `Q-001`. */
export const OpenQuestion = z.object({
  id: z.string().min(1).max(100),
  question: Line,
  blocked_on: Lines,
  priority: z.enum(PRIORITIES),
});

/** A question that was open in an earlier version, with its answer. */
export const ResolvedQuestion = z.object({ id: z.string().min(1).max(100), question: Line, answer: Text });

export const Affordances = z.object({
  recommended_entry_points: Lines,
  avoid_repeating: Lines,
  invariants: Lines,
});

/** One version of a medallion, whole. Times are ISO 8601, UTC. */
export const Medallion = z.strictObject({
  meta: z.strictObject({
    medallion_id: z.string(),
    schema_version: z.literal(SCHEMA_VERSION),
    version: z.int().min(1),
    model: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    knowledge_min_ts: z.iso.datetime().nullable(),
    knowledge_max_ts: z.iso.datetime().nullable(),
    /** The run it was checkpointed from, when it names one. */
    run_id: z.string().nullable(),
    /** Owner of the evidence row behind this version. */
    evidence: z.string(),
    /** The least trusted origin of anything in it. */
    trust: Trust,
  }),
  scope: z.strictObject({ graph_nodes: z.array(z.string()), tags: z.array(z.string()) }),
  summary: z.strictObject({ high_level: Text, subsystems: z.array(Subsystem).max(200) }),
  decisions: z.array(MedallionDecision).max(500),
  open_questions: z.array(OpenQuestion).max(500),
  resolved_questions: z.array(ResolvedQuestion).max(500),
  /** Ids that were given up, so that none is used twice. */
  retracted_decisions: z.array(z.string()),
  affordances: Affordances,
});
export type Medallion = z.output<typeof Medallion>;

/** What a checkpoint is made from: kept whole, once, and referenced by the version it led to. */
export const Evidence = z.strictObject({
  session_summary: z.string().min(1).max(32_000),
  transcripts: z.array(z.string().max(200_000)).max(50),
  artefacts: z.record(z.string(), z.unknown()),
});
export type Evidence = z.output<typeof Evidence>;

/** Limits that are checked and not shown: in the schema that clients list they would cost a third of its tokens. */
const text = (most: number, least = 0) =>
  z.string().refine(value => value.length >= least && value.length <= most, {
    error: ({ input }) => `found ${String(input).length} characters, expected ${least} to ${most}`,
  });
const listOf = <Item extends z.ZodType>(item: Item, most: number) =>
  z.array(item).refine(items => items.length <= most, { error: `more than ${most} entries` });

const Id = text(100, 1);
const Said = text(2000, 1);
const Told = text(8000);
const Given = listOf(Said, 200).optional();

/** What one call of checkpoint says. What it omits stays as it was. */
export const Checkpoint = z.object({
  graph_nodes: listOf(text(200, 1), 20).optional().describe('Omit for the home scope.'),
  tags: listOf(text(100, 1), 20).optional(),
  session_summary: text(32_000, 1).describe(
    'Where it stopped, then what happened; kept whole, its beginning is loaded.',
  ),
  transcripts: listOf(text(200_000), 50).optional(),
  artefacts: z.looseObject({}).optional(),
  high_level: text(8000, 1).optional().describe('The state in at most 300 tokens.'),
  subsystems: listOf(
    z.object({
      name: text(200, 1),
      status: Subsystem.shape.status.optional(),
      notes: Told.optional(),
    }),
    200,
  ).optional(),
  decisions: listOf(
    z.object({
      id: Id.optional().describe('Only to change a known one.'),
      statement: Said,
      rationale: Told.optional(),
      confidence: share().optional(),
    }),
    500,
  ).optional(),
  open_questions: listOf(
    z.object({
      id: Id.optional(),
      question: Said,
      blocked_on: Given,
      priority: OpenQuestion.shape.priority.optional(),
    }),
    500,
  ).optional(),
  resolved_questions: listOf(z.object({ id: Id, answer: Told }), 500).optional(),
  retracted_decisions: listOf(Id, 500).optional(),
  recommended_entry_points: Given,
  avoid_repeating: Given,
  invariants: Given,
  supersedes: listOf(Id, 100).optional().describe('Medallions of contained scopes to hide.'),
  model: text(200).optional(),
  expected_version: wholeNumber(0, 1_000_000_000).optional().describe('Refuse if it moved on. 0: new.'),
  run_id: Id.optional(),
});
export type Checkpoint = z.output<typeof Checkpoint>;

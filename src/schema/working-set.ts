import * as z from 'zod';
import { exact } from './exact.js';

/** Field names, limits and statuses are those of AoS v2.1, so that its packs can be read. */
const RUN_STATUSES = ['BOOT', 'IDLE', 'BUSY', 'WAITING_INPUT', 'PAUSED', 'DONE', 'FAILED'] as const;
export const RunStatus = z.enum(RUN_STATUSES);

const Text = z.string().max(8000);
const Name = z.string().min(1).max(200);
const Lines = z.array(Text).max(200);

export const ArtifactRef = exact({
  type: Name,
  id: Name,
  path: z.string().max(2000).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** Never evicted. */
export const PinnedItem = exact({
  id: Name,
  content: Text,
  source_ref: z.string().max(2000).optional(),
});

/** Evicted when the budget is full: lowest priority first, then oldest, then by id. */
export const SlidingItem = exact({
  id: Name,
  content: Text,
  timestamp: z.iso.datetime({ offset: true }),
  priority: z.int().min(0).max(9),
});

export const MAX_PINNED = 10;

/** What a patch may change. */
export const PatchableFields = z.object({
  status: RunStatus,
  acceptance_criteria: Lines,
  current_stage: z.string().min(1).max(200),
  next_action: Text,
  constraints: Lines,
  artifact_refs: z.array(ArtifactRef).max(200),
  blockers: Lines,
  last_action_summary: Text,
  pinned_context: z.array(PinnedItem).max(MAX_PINNED),
  sliding_context: z.array(SlidingItem).max(1000),
});

/** A run's hot state. `_update_seq` counts accepted patches; the identity fields and the objective never change. */
export const WorkingSet = z.strictObject({
  _schema_version: z.literal('2.1'),
  _update_seq: z.int().min(0),
  task_id: z.string().min(1).max(200),
  thread_id: z.string().min(1).max(200),
  run_id: z.string().min(1).max(200),
  objective: z.string().min(1).max(8000),
  ...PatchableFields.shape,
});
export type WorkingSet = z.output<typeof WorkingSet>;
export type Patchable = z.output<typeof PatchableFields>;
export type SlidingItem = z.output<typeof SlidingItem>;

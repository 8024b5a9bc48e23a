import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'working_set_patch',
  title: 'Patch a working set',
  description:
    "Update a run's working set (state) whenever plans, blockers or context change, so that the work can be resumed. With a stale expected_seq nothing changes, and the reply says what did meanwhile. Returns the new seq, the changed fields, and the sliding items evicted to stay within the token budget.",
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: z.string(),
    expected_seq: wholeNumber(0, 1_000_000_000),
    set: z
      .looseObject({})
      .optional()
      .describe(
        'Replaces: status BOOT|IDLE|BUSY|WAITING_INPUT|PAUSED|DONE|FAILED, current_stage, next_action, last_action_summary, and lists: acceptance_criteria, constraints, blockers [text], artifact_refs [{type, id, path?, sha256?}], pinned_context [{id, content, source_ref?}] (10, never evicted), sliding_context [{id, content, timestamp?, priority? 0-9}].',
      ),
    append: z.looseObject({}).optional().describe('Entries to add, by list.'),
    remove: z.looseObject({}).optional().describe('Ids or exact texts, by list.'),
  }),
  output: z.object({
    run_id: z.string(),
    seq: z.number(),
    tokens: z.number(),
    changed: z.looseObject({}),
    evicted: z.array(z.looseObject({})).readonly(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.runs.patch(input, call),
});

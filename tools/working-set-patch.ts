import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';

export default defineTool({
  name: 'working_set_patch',
  title: 'Patch a working set',
  description:
    "Update a run's working set (state): status, plan, blockers, context. Use it whenever the next action changes, so that the work can be resumed. expected_seq guards against lost updates: when stale, nothing changes and the reply says what did. Returns the new seq, the changed fields and the items evicted to stay within the token budget.",
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: z.string().max(300),
    expected_seq: z.int().min(0),
    set: z
      .looseObject({})
      .optional()
      .describe(
        'Replaces: status BOOT|IDLE|BUSY|WAITING_INPUT|PAUSED|DONE|FAILED, current_stage, next_action, last_action_summary, and the lists acceptance_criteria, constraints, blockers [text], artifact_refs [{type, id, path?, sha256?}], pinned_context [{id, content, source_ref?}] (10, never evicted), sliding_context [{id, content, timestamp?, priority? 0-9}].',
      ),
    append: z.looseObject({}).optional().describe('Adds entries to lists.'),
    remove: z.looseObject({}).optional().describe('Removes entries by id, or by exact text.'),
  }),
  output: z.object({
    run_id: z.string(),
    seq: z.number(),
    tokens: z.number(),
    changed: z.looseObject({}),
    evicted: z.array(z.looseObject({})).readonly(),
    redacted: z
      .array(z.object({ path: z.string(), kind: z.string(), count: z.number() }))
      .readonly()
      .optional(),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.runs.patch(input, call),
});

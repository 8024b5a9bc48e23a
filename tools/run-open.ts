import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { GraphNode, Tag } from '../src/schema/scope.js';

const Name = z.string().min(1).max(200);
const Lines = z.array(z.string().max(8000)).max(200);

export default defineTool({
  name: 'run_open',
  title: 'Open or resume a run',
  description:
    'Start a piece of work that can be resumed, with its working set (state): give an objective. Resume one by run_id or external_id, as after a restart; or fork one with from, to go on at an earlier episode or from a medallion. Returns run_id, the working set and its seq, which working_set_patch needs.',
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: Name.optional(),
    from: z.string().min(1).max(300).optional().describe('URI of an episode, run or medallion.'),
    external_id: Name.optional().describe('Your own id; opens the run once, resumes it after.'),
    task_id: Name.optional(),
    thread_id: Name.optional(),
    objective: z.string().min(1).max(8000).optional(),
    acceptance_criteria: Lines.optional(),
    constraints: Lines.optional(),
    graph_nodes: z.array(GraphNode).max(20).optional(),
    tags: z.array(Tag).max(20).optional(),
  }),
  output: z.object({
    run_id: z.string(),
    seq: z.number(),
    working_set: z.looseObject({}),
    resumed: z.boolean().optional(),
    forked_from: z.string().optional(),
    not_applied: z
      .array(z.string())
      .readonly()
      .optional()
      .describe('Arguments that the resumed run holds otherwise by now; change them with working_set_patch.'),
    evicted: z.array(z.looseObject({})).readonly().optional(),
    redacted: z
      .array(z.object({ path: z.string(), kind: z.string(), count: z.number() }))
      .readonly()
      .optional(),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.runs.open(input, call),
});

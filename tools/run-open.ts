import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Redacted } from '../src/schema/redacted.js';
import { GraphNode, Tag } from '../src/schema/scope.js';

const Text = z.string().optional();
const Lines = z.array(z.string()).optional();

export default defineTool({
  name: 'run_open',
  title: 'Open or resume a run',
  description:
    'Start a piece of work that can be resumed: give an objective. Resume it by run_id or external_id, as after a restart; or fork one with from, at an episode, a medallion or a run. Returns run_id, its working set (state) and the seq that working_set_patch needs.',
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: Text,
    from: Text.describe('URI to fork.'),
    external_id: Text.describe('Your own id for it.'),
    task_id: Text,
    thread_id: Text,
    objective: Text,
    acceptance_criteria: Lines,
    constraints: Lines,
    graph_nodes: z.array(GraphNode).max(20).optional(),
    tags: z.array(Tag).max(20).optional(),
  }),
  output: z.object({
    run_id: z.string(),
    seq: z.number(),
    working_set: z.looseObject({}),
    resumed: z.boolean().optional(),
    forked_from: z.string().optional(),
    omitted: z
      .record(z.string(), z.number())
      .readonly()
      .optional()
      .describe('Entries of forked_from that had no room, by field; fetch it to read them.'),
    not_applied: z
      .array(z.string())
      .readonly()
      .optional()
      .describe('Arguments that the resumed run holds otherwise by now; change them with working_set_patch.'),
    evicted: z.array(z.looseObject({})).readonly().optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.runs.open(input, call),
});

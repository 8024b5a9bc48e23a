import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Checkpoint } from '../src/schema/medallion.js';
import { Redacted } from '../src/schema/redacted.js';

const Ids = z.array(z.string()).readonly().optional();

export default defineTool({
  name: 'checkpoint',
  title: 'Checkpoint a scope',
  description:
    'Save where work in a scope stands, as the next version of its medallion: summary, decisions with rationale, open questions, invariants, entry points. Use it before stopping and at milestones. Known decisions and questions keep their ids; lists you give replace entry points, avoid_repeating, invariants; what you omit stays. Returns the version and what changed.',
  toolset: 'checkpoint',
  effect: 'append',
  input: Checkpoint,
  output: z.object({
    medallion_id: z.string(),
    uri: z.string(),
    version: z.number(),
    created: z.boolean(),
    changed: z.record(z.string(), z.object({ added: Ids, updated: Ids, removed: Ids })),
    superseded: Ids,
    written_by: z.string().optional().describe('The model that drafted it.'),
    note: z.string().optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.medallions.checkpoint(input, call),
});

import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'episode_seal',
  title: 'Seal an episode',
  description:
    'Mark a milestone of a run when a stage is done: seals the working set before and after, and a summary, as an episode that never changes and that run_open can fork. Commits a batch of memories with it. Returns its uri and hash.',
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: z.string(),
    reason: z.string(),
    summary: z.string().optional().describe('Default: counts and the last events.'),
    next_entry_point: z.string().optional(),
    batch_id: z.string().optional(),
  }),
  output: z.object({
    episode_id: z.string(),
    uri: z.string(),
    hash: z.string(),
    number: z.number(),
    memory_commits: z.array(z.string()).readonly().optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.episodes.seal(input, call),
});

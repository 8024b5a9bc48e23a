import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';

export default defineTool({
  name: 'episode_seal',
  title: 'Seal an episode',
  description:
    "Mark a milestone of a run: keeps the working set before and after, and a summary, as an episode that never changes and that run_open can fork from. Commits a memory batch with it. Use it when a stage is done. Returns the episode's uri and hash.",
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: z.string().max(300),
    reason: z.string().min(1).max(2000),
    summary: z.string().min(1).max(8000).optional().describe('Default: counts and the last events.'),
    next_entry_point: z.string().min(1).max(2000).optional(),
    batch_id: z.string().max(100).optional(),
  }),
  output: z.object({
    episode_id: z.string(),
    uri: z.string(),
    hash: z.string(),
    number: z.number(),
    memory_commits: z.array(z.string()).readonly().optional(),
    redacted: z
      .array(z.object({ path: z.string(), kind: z.string(), count: z.number() }))
      .readonly()
      .optional(),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.episodes.seal(input, call),
});

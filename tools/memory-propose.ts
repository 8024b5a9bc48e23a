import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { ProposedChange } from '../src/schema/memory.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'memory_propose',
  title: 'Propose memories',
  description:
    'Remember decisions, preferences and facts that should outlive the conversation: adds, supersedes or deprecates memories as one batch, all or nothing. commit: true stores them at once where policy allows. Returns batch_id, look-alikes to avoid duplicates, and contradictions, which need a second call.',
  toolset: 'memory',
  effect: 'append',
  alwaysLoaded: true,
  input: z.object({
    changes: z.array(ProposedChange).min(1).max(100),
    commit: z.boolean().optional().describe('Also commit, unless something needs review.'),
    run_id: z.string().max(200).optional().describe('The run whose history is to name it.'),
  }),
  output: z.object({
    batch_id: z.string(),
    status: z.enum(['proposed', 'committed', 'needs_review']),
    changes: z
      .array(
        z.object({
          index: z.number(),
          op: z.string(),
          memory_id: z.string().optional(),
          trust: z.string().optional(),
          lookalikes: z
            .array(z.object({ uri: z.string(), similarity: z.number(), snippet: z.string() }))
            .readonly(),
          contradictions: z
            .array(z.object({ uri: z.string(), differs: z.string(), snippet: z.string() }))
            .readonly(),
        }),
      )
      .readonly(),
    committed_ids: z.array(z.string()).readonly(),
    review: z.string().optional().describe('Who has to decide, and how.'),
    note: z.string().optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.memories.propose(input, call),
});

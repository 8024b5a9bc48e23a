import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'memory_commit',
  title: 'Commit or reject a batch',
  description:
    'Commit a proposed batch of memories so that search recalls them, or reject it. Use it after memory_propose without commit, or when its reply says needs_review. Atomic and safe to repeat. Returns the ids committed, superseded and deprecated.',
  toolset: 'memory',
  effect: 'update',
  input: z.object({
    batch_id: z.string().max(100),
    decision: z.enum(['commit', 'reject']).optional().describe('Default commit.'),
    reason: z.string().max(2000).optional(),
  }),
  output: z.object({
    batch_id: z.string(),
    status: z.enum(['committed', 'rejected']),
    committed_ids: z.array(z.string()).readonly(),
    superseded_ids: z.array(z.string()).readonly(),
    deprecated_ids: z.array(z.string()).readonly(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.memories.decide(input, call),
});

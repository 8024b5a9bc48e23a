import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';
import { GraphNode, Tag } from '../src/schema/scope.js';

export default defineTool({
  name: 'memory_forget',
  title: 'Forget memories',
  description:
    'Forget memories: deprecate them (reversible with restore: true), or erase them for good with purge: true. By ids at once; by graph_nodes or tags first as a dry run, then with dry_run: false and the expected_count it returned. Ids of medallions, runs, episodes, sessions and blobs can be purged. Returns how many and which.',
  toolset: 'memory',
  effect: 'delete',
  input: z.object({
    ids: z.array(z.string().max(100)).min(1).max(100).optional(),
    graph_nodes: z.array(GraphNode).max(20).optional().describe('All memories about all of these.'),
    tags: z.array(Tag).max(20).optional(),
    purge: z.boolean().optional().describe('Erase for good. Cannot be undone.'),
    restore: z.boolean().optional(),
    dry_run: z.boolean().optional().describe('Default true for scopes, false for ids.'),
    expected_count: wholeNumber(0, 1_000_000_000).optional(),
  }),
  output: z.object({
    count: z.number(),
    ids: z.array(z.string()).readonly(),
    purged: z.boolean(),
    dry_run: z.boolean().optional(),
    wal_pending: z.boolean().optional(),
    note: z.string().optional(),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  sparing: z.object({
    ids: z.array(z.string()),
    purge: z.literal(false).optional(),
    graph_nodes: z.undefined().optional(),
    tags: z.undefined().optional(),
  }),
  handle: (input, engine, call) => engine.memories.forget(input, call),
});

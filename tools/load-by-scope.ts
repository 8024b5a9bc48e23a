import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';
import { GraphNode, Tag } from '../src/schema/scope.js';

export default defineTool({
  name: 'load_by_scope',
  title: 'Load what is known',
  description:
    'Resume where work stopped: the medallions (checkpoints) of a scope, its open runs and most important memories as one text. Call it first, at the start of a conversation. The home scope unless graph_nodes or all say otherwise. Returns the text, cut to max_tokens, with the uris behind it and what was left out.',
  toolset: 'checkpoint',
  effect: 'read',
  alwaysLoaded: true,
  longestReply: 250_000,
  input: z.object({
    graph_nodes: z.array(GraphNode).max(20).optional().describe('Only what is about all of these.'),
    tags: z.array(Tag).max(20).optional(),
    all: z.boolean().optional().describe('Every scope.'),
    limit: wholeNumber(1, 100).optional().describe('Medallions, default 10; runs, at least 5.'),
    max_tokens: wholeNumber(200, 25_000).optional().describe('Default 2000.'),
    as_of: z.string().max(40).optional().describe('What was known then.'),
    valid_at: z.string().max(40).optional(),
  }),
  output: z.object({
    text: z.string(),
    medallions: z.array(z.object({ uri: z.string(), version: z.number() })).readonly(),
    memories: z.array(z.string()).readonly(),
    runs: z.array(z.string()).readonly(),
    pending_batches: z.number(),
    omitted: z.object({
      medallions: z.number(),
      memories: z.number(),
      runs: z.number(),
      more_medallions: z.boolean(),
      more_runs: z.boolean(),
    }),
    truncated: z.string().optional(),
    approximate: z.boolean(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.load(input, call),
});

import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';
import { HitKind } from '../src/schema/hit-kind.js';
import { MemoryStatus, MemoryType } from '../src/schema/memory.js';
import { GraphNode, Tag } from '../src/schema/scope.js';

const Ref = z.string().max(200);

export default defineTool({
  name: 'search',
  title: 'Search everything kept',
  description:
    'Search all that is kept: memories, medallions, episodes, messages, summaries, blobs. Use it before asking the user or assuming. Any words or question; an empty query lists the newest. Looks in the home scope and global unless graph_nodes or all say otherwise. Returns hits with uri, snippet and score, best first, and a cursor for more.',
  toolset: 'always',
  effect: 'read',
  alwaysLoaded: true,
  longestReply: 250_000,
  input: z.object({
    query: z.string().max(100_000),
    kinds: z.array(HitKind).optional().describe('Default every kind.'),
    types: z.array(MemoryType).optional().describe('Only memories.'),
    statuses: z.array(MemoryStatus).optional().describe('Only memories. Default active.'),
    graph_nodes: z.array(GraphNode).max(20).optional().describe('Only what is about all of these.'),
    tags: z.array(Tag).max(20).optional(),
    all: z.boolean().optional().describe('Every scope.'),
    session_id: Ref.optional(),
    run_id: Ref.optional(),
    mode: z.enum(['hybrid', 'lexical', 'semantic', 'regex']).optional(),
    since: z.string().max(40).optional().describe('ISO 8601, like the other times.'),
    until: z.string().max(40).optional(),
    as_of: z.string().max(40).optional().describe('What was known then.'),
    valid_at: z.string().max(40).optional().describe('What held then; now by default.'),
    limit: wholeNumber(1, 100).optional().describe('Default 10.'),
    max_tokens: wholeNumber(100, 25_000).optional().describe('For the hits. Default 2000.'),
    detail: z.enum(['ids', 'snippets', 'full']).optional(),
    cursor: z.string().max(500).optional(),
    explain: z.boolean().optional().describe('Show what each score is made of.'),
  }),
  output: z.object({
    hits: z
      .array(
        z.object({
          uri: z.string(),
          kind: HitKind,
          type: MemoryType.optional(),
          status: MemoryStatus.optional(),
          snippet: z.string().optional(),
          score: z.number(),
          parts: z.record(z.string(), z.number()).optional(),
          trust: z.string().optional(),
          scope: z.string().optional(),
          created_at: z.string().optional(),
          superseded_by: z.string().optional(),
          also: z.array(z.string()).readonly().optional().describe('Other memories that say the same.'),
          batch_id: z.string().optional(),
          lines: z.string().optional(),
          session: z.string().optional(),
          sequence: z.number().optional(),
          role: z.string().optional(),
          name: z.string().optional(),
          timestamp: z.string().optional(),
          covered_by: z.string().optional(),
          truncated: z.boolean().optional(),
        }),
      )
      .readonly(),
    more: z.number(),
    next_cursor: z.string().optional(),
    approximate: z.boolean().describe('Token counts are estimates.'),
    note: z.string().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.search(input, call),
});

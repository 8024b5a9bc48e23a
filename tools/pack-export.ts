import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { GraphNode, Tag } from '../src/schema/scope.js';

export default defineTool({
  name: 'pack_export',
  title: 'Export a pack',
  description:
    'Write a run, or the medallions of a scope, to one portable hash-checked zip: working set, full ledger, episodes, medallions, what include names. Use it to go on elsewhere with pack_import, or to hand work over. redact: true keeps the working set and only the hashes of the history. Returns path or uri, sha256 and what is in it.',
  toolset: 'run',
  effect: 'update',
  input: z.object({
    run_id: z.string().max(200).optional(),
    graph_nodes: z.array(GraphNode).max(20).optional().describe('Instead of run_id.'),
    tags: z.array(Tag).max(20).optional(),
    include: z
      .array(z.string().max(60))
      .max(50)
      .optional()
      .describe('memories, evidence, runs, sessions, or the id of a session.'),
    redact: z.boolean().optional(),
    path: z.string().max(4096).optional().describe('Below an allowed folder. Omit for the data directory.'),
  }),
  output: z.object({
    path: z.string().optional(),
    uri: z.string().optional().describe('Of a blob, where no file can be written.'),
    sha256: z.string(),
    bytes: z.number(),
    contents: z.record(z.string(), z.number()),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.packs.export(input, call),
});

import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';

export default defineTool({
  name: 'status',
  title: 'Status',
  description:
    'Show the state of the memory store: version, namespace, what the home scope and global hold and have pending, where the data lies, and warnings. Use it when something looks wrong or to see what waits for review.',
  toolset: 'always',
  effect: 'read',
  input: z.object({}),
  output: z.object({
    version: z.string(),
    namespace: z.string(),
    counts: z.record(z.string(), z.number()),
    backlog: z.object({ pending_batches: z.number(), pending_embeddings: z.number().optional() }),
    store: z.object({
      engine: z.string(),
      path: z.string(),
      schema_version: z.number(),
      size_bytes: z.number(),
      wal_bytes: z.number(),
      vectors: z.string(),
    }),
    warnings: z.array(z.string()).readonly(),
    scope: z.string(),
  }),
  handle: (_input, engine, call) => engine.status(call),
});

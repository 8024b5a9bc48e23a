import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'blob_put',
  title: 'Keep a large text or file',
  description:
    'Keep a large text or file out of the context, stored once by the hash of its bytes: give content, or the path of a file below an allowed folder. It never changes, whatever becomes of the file. Returns a uri and an outline (declarations, keys, headings, columns, levels) to keep instead; fetch the uri with lines for a part.',
  toolset: 'session',
  effect: 'append',
  input: z.object({
    content: z.string().optional(),
    path: z.string().max(4096).optional(),
    name: z.string().max(200).optional().describe('Its ending says what it is.'),
    mime: z.string().max(100).optional(),
    session_id: z.string().min(1).max(200).optional().describe('Whose scope it gets; else the home.'),
  }),
  output: z.object({
    blob_id: z.string(),
    uri: z.string(),
    name: z.string(),
    kind: z.string(),
    bytes: z.number(),
    tokens: z.number().describe('Estimated.'),
    outline: z.string(),
    existing: z.boolean().optional().describe('It was there already.'),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.blobs.put(input, call),
});

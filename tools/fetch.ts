import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';

export default defineTool({
  name: 'fetch',
  title: 'Fetch by URI',
  description:
    'Read in full what a uri stands for: a memory, medallion, run, run ledger, episode, session, message or blob. Use it when a snippet is not enough. Returns its text and provenance, cut to max_tokens with a cursor for the rest.',
  toolset: 'always',
  effect: 'read',
  longestReply: 250_000,
  input: z.object({
    uri: z.string().max(300),
    max_tokens: wholeNumber(50, 25_000).optional().describe('Default 2000.'),
    cursor: z.string().max(500).optional(),
    lines: z.string().max(30).optional().describe('Such as 10-20.'),
    last: wholeNumber(1, 10_000).optional().describe('Newest messages of a session.'),
    as_of: z.string().max(40).optional().describe('As it was known then.'),
  }),
  output: z.object({
    uri: z.string(),
    kind: z.string(),
    text: z.string(),
    outline: z.string().optional().describe('Of a blob that takes more than this page.'),
    meta: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.string()).readonly()]))
      .describe('Empty on later pages of a text.'),
    next_cursor: z.string().optional(),
    approximate: z.boolean(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.fetch(input, call),
});

import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Redacted } from '../src/schema/redacted.js';
import { SummaryRequest } from '../src/schema/summary-request.js';

export default defineTool({
  name: 'context_compact',
  title: 'Compact a context',
  description:
    'Make room in a session: puts its oldest messages under a summary: yours if you give one, else that of a configured model, else one made without. They stay whole: fetch summary_uri. With request_id of a summary_request, your summary replaces the one that stands there. System messages, the newest user message and the newest 4 tool groups are never taken.',
  toolset: 'session',
  effect: 'append',
  input: z.object({
    session_id: z.string().min(1).max(200),
    summary: z.string().max(200_000).optional().describe('Of all but the newest messages, under headings.'),
    request_id: z.string().min(1).max(200).optional(),
  }),
  output: z.object({
    session_id: z.string(),
    level: z
      .number()
      .optional()
      .describe('1: in full; 2: five lines; 3: made without a model. Absent: nothing to compact.'),
    written_by: z.string().optional().describe('The model.'),
    tokens_before: z.number(),
    tokens_after: z.number(),
    summary_uri: z.string().optional(),
    covers: z.string().optional().describe('Message numbers.'),
    condensed_uri: z.string().optional().describe('Several summaries became this one.'),
    summary_request: SummaryRequest.optional(),
    note: z.string().optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.context.compact(input, call),
});

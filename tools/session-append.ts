import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';
import { ROLES } from '../src/schema/message.js';
import { Redacted } from '../src/schema/redacted.js';
import { GraphNode, Tag } from '../src/schema/scope.js';
import { SummaryRequest } from '../src/schema/summary-request.js';

/** A record of zod's would lose the key `__proto__`; what is no object is refused by the engine. */
const AnObject = z.unknown().meta({ type: 'object' });

/** Flat, because many clients refuse a union; which fields a type takes is checked by the engine, place by place. */
const Part = z.looseObject({
  type: z.enum(['text', 'reasoning', 'tool_call', 'tool_result', 'file_ref', 'patch']),
  text: z.string().optional(),
  call_id: z.string().optional().describe('Shared by a tool_call and its tool_result.'),
  name: z.string().optional(),
  arguments: AnObject.optional(),
  output: z.string().optional(),
  is_error: z.boolean().optional(),
  uri: z.string().optional(),
  mime: z.string().optional(),
  outline: z.string().optional(),
  path: z.string().optional(),
  diff: z.string().optional(),
  signature: z.string().optional().describe('Of reasoning.'),
});

const GivenMessage = z.looseObject({
  id: z.string().optional().describe('Yours; sending it again changes nothing.'),
  role: z.enum(ROLES),
  content: z.string().optional().describe('Plain text, instead of parts.'),
  parts: z.array(Part).max(500).optional(),
  name: z.string().optional(),
  timestamp: z.string().optional().describe('Kept as it is; the order is that of arrival.'),
  metadata: AnObject.optional(),
});

export default defineTool({
  name: 'session_append',
  title: 'Append messages',
  description:
    'Keep a conversation word for word: appends messages to a session, in order, all or none. Opens a new one when neither session_id nor external_id is given, or with create: true. replace: true hides what was there first. What has over 10,000 tokens becomes a blob with a reference. Returns session_id, message_ids, how full the context is, and a doom_loop warning when tool calls repeat.',
  toolset: 'session',
  effect: 'append',
  input: z.object({
    session_id: z.string().min(1).max(200).optional(),
    external_id: z.string().min(1).max(200).optional().describe('A name of your own for the session.'),
    create: z.boolean().optional(),
    replace: z.boolean().optional(),
    model: z
      .string()
      .max(200)
      .optional()
      .describe('Remembered, as are its limits; sets how tokens are counted.'),
    context_limit: wholeNumber(1000, 100_000_000).optional(),
    max_output: wholeNumber(1, 10_000_000).optional(),
    messages: z.array(GivenMessage).max(500),
    graph_nodes: z.array(GraphNode).max(20).optional().describe('Omit for the home scope.'),
    tags: z.array(Tag).max(20).optional(),
  }),
  output: z.object({
    session_id: z.string(),
    message_ids: z.array(z.string()).readonly(),
    created: z.boolean().optional(),
    skipped: z.number().optional().describe('How many were there already.'),
    context: z.object({
      tokens: z.number(),
      usable: z.number(),
      share: z.number(),
      approximate: z.boolean().optional(),
    }),
    maintenance: z.record(z.string(), z.number()).readonly(),
    summary_request: SummaryRequest.optional().describe('Answer with context_compact when convenient.'),
    doom_loop: z
      .object({ kind: z.string(), length: z.number(), repeats: z.number(), tool: z.string() })
      .optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.sessions.append(input, call),
});

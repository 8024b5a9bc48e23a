import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { AGENT_EVENT_TYPES } from '../src/schema/event.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'run_record',
  title: 'Record what happened in a run',
  description:
    "Append what you did to a run's history, all or none: steps, actions, tool calls ({tool_name, arguments}) and results, errors, notes. Returns last_sequence, and doom_loop when the same tool calls keep repeating: then try something else.",
  toolset: 'run',
  effect: 'append',
  input: z.object({
    run_id: z.string(),
    events: z
      .array(z.object({ type: z.enum(AGENT_EVENT_TYPES), payload: z.looseObject({}) }))
      .min(1)
      .max(100),
  }),
  output: z.object({
    run_id: z.string(),
    last_sequence: z.number(),
    doom_loop: z
      .object({ kind: z.string(), length: z.number(), repeats: z.number(), tool: z.string() })
      .optional(),
    redacted: Redacted,
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.runs.record(input, call),
});

import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';

export default defineTool({
  name: 'session_rewind',
  title: 'Rewind a session',
  description:
    'Go back in a conversation, or delete it: hides message_id and every message after it, or with all: true the whole session. Hidden messages stay in the history; purge: true erases them for good. Returns how many were hidden and purged.',
  toolset: 'session',
  effect: 'delete',
  input: z.object({
    session_id: z.string().min(1).max(200),
    message_id: z.string().min(1).max(200).optional().describe('The first message to go.'),
    all: z.boolean().optional(),
    purge: z.boolean().optional().describe('Erase for good. Cannot be undone.'),
  }),
  output: z.object({
    session_id: z.string(),
    hidden: z.number(),
    purged: z.number(),
    wal_pending: z.boolean().optional(),
    note: z.string().optional(),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  sparing: z.object({ purge: z.literal(false).optional() }),
  handle: (input, engine, call) => engine.sessions.rewind(input, call),
});

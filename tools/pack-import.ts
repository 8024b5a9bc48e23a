import * as z from 'zod';
import { defineTool } from '../src/mcp/tool.js';
import { Redacted } from '../src/schema/redacted.js';

export default defineTool({
  name: 'pack_import',
  title: 'Import a pack',
  description:
    'Import a pack written by pack_export, an AoS v2.1 resume pack, or a medallion.v1 JSON file, to go on where another agent or machine stopped. Everything is verified first; then all of it is stored or nothing. The history keeps its hashes, a new run continues it. Returns run_id and what was imported.',
  toolset: 'run',
  effect: 'update',
  input: z.object({
    path: z.string().max(4096).optional().describe('A file below an allowed folder, or among the packs.'),
    uri: z.string().max(200).optional().describe('Of a blob instead.'),
  }),
  output: z.object({
    import_id: z.string(),
    kind: z.string(),
    run_id: z.string().optional(),
    run_ids: z.array(z.string()).readonly().optional(),
    medallion_ids: z.array(z.string()).readonly().optional(),
    session_ids: z.array(z.string()).readonly().optional(),
    batch_ids: z.array(z.string()).readonly().optional(),
    imported: z.record(z.string(), z.number()).optional(),
    already_imported: z.boolean().optional(),
    redacted: Redacted,
    note: z.string().optional(),
    replayed: z.boolean().optional(),
    scope: z.string(),
  }),
  handle: (input, engine, call) => engine.packs.import(input, call),
});

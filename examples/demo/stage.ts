import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import * as z from 'zod';
import { ROOT } from './material.js';

/** A server process and the client that drives it. */
export type Session = Awaited<ReturnType<typeof start>>;

/** Starts the real server on a database file, the way an agent's host does, with options of its command line. */
export async function start(db: string, options: Readonly<Record<string, string>> = {}) {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(ROOT, 'dist/bin/mintmark.js'), '--db', db, '--scope', 'repo:demo', ...flags],
    stderr: 'inherit',
  });
  const client = new Client({ name: 'demo', version: '1' });
  await client.connect(transport);
  return {
    client,
    /** Nothing is flushed or closed: the process is gone in the middle of whatever it does. */
    kill: () => transport.pid !== null && process.kill(transport.pid, 'SIGKILL'),
    propose: async (changes: readonly object[], options: { readonly commit?: boolean } = {}) =>
      Proposed.parse(await call(client, 'memory_propose', { changes, ...options })),
    decide: async (batchId: string, decision: 'commit' | 'reject') =>
      Decided.parse(await call(client, 'memory_commit', { batch_id: batchId, decision })),
    search: async (query: string, limit = 3) =>
      Found.parse(await call(client, 'search', { query, limit })).hits,
    fetch: async (uri: string) => Fetched.parse(await call(client, 'fetch', { uri })),
    call: (name: string, args: Record<string, unknown> = {}) => call(client, name, args),
    close: () => client.close(),
  };
}

const Proposed = z.object({
  batch_id: z.string(),
  status: z.enum(['proposed', 'committed', 'needs_review']),
  committed_ids: z.array(z.string()),
  review: z.string().optional(),
  changes: z.array(
    z.object({
      lookalikes: z.array(z.object({ uri: z.string(), similarity: z.number(), snippet: z.string() })),
      contradictions: z.array(z.object({ uri: z.string(), differs: z.string(), snippet: z.string() })),
    }),
  ),
});

const Decided = z.object({
  status: z.enum(['committed', 'rejected']),
  committed_ids: z.array(z.string()),
  superseded_ids: z.array(z.string()),
});

const Found = z.object({
  hits: z.array(z.object({ uri: z.string(), snippet: z.string().default(''), score: z.number() })),
});

const Fetched = z.object({ text: z.string(), meta: z.looseObject({ status: z.string() }) });

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<unknown> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
  if (isError)
    throw new Error(`${name}: ${content.map(part => ('text' in part ? part.text : '')).join(' ')}`);
  return structuredContent;
}

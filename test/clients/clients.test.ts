import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundle, environment, outcomeOf, startMintmark, temporaryFolder } from '../support/mintmark.js';

/** What every client can do, whatever it calls it. */
type Connected = {
  call(name: string, args: Record<string, unknown>): Promise<unknown>;
  read(uri: string): Promise<unknown>;
  /** Calls `heard` with the uri of each resource-updated notice. */
  subscribe?(uri: string, heard: (uri: string) => void): Promise<void>;
  close(): Promise<unknown>;
};

const serverOf = (db: string) => ({
  command: process.execPath,
  args: [bundle],
  env: Object.fromEntries(
    Object.entries({ ...process.env, ...environment(db) }).map(([name, value]) => [name, value ?? '']),
  ),
});

async function sdk1(db: string): Promise<Connected> {
  const client = new OldClient({ name: 'sdk-1', version: '1' });
  await client.connect(new OldTransport(serverOf(db)));
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri));
      await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
}

async function client2(db: string, era: 'legacy' | 'modern'): Promise<Connected> {
  const mode = era === 'legacy' ? era : { pin: '2026-07-28' };
  const client = new Client({ name: 'client-2', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StdioClientTransport(serverOf(db)));
  expect(client.getProtocolEra()).toBe(era);
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => heard(params.uri));
      if (era === 'legacy') await client.subscribeResource({ uri });
      else await client.listen({ resourceSubscriptions: [uri] });
    },
    close: () => client.close(),
  };
}

async function aiSdk(db: string): Promise<Connected> {
  const client = await createMCPClient({ transport: new Experimental_StdioMCPTransport(serverOf(db)) });
  const tools = await client.tools();
  return {
    call: async (name, args) => tools[name]?.execute(args, { toolCallId: name, messages: [] }),
    read: uri => client.readResource({ uri }),
    close: () => client.close(),
  };
}

const clients: [string, (db: string) => Promise<Connected>][] = [
  ['@modelcontextprotocol/sdk 1.x', sdk1],
  ['@modelcontextprotocol/client 2.x in the 2025 era', db => client2(db, 'legacy')],
  ['@modelcontextprotocol/client 2.x in the 2026 era', db => client2(db, 'modern')],
  ['@ai-sdk/mcp', aiSdk],
];

describe.each(clients)('%s', (_name, connect) => {
  it('proposes, commits, searches and reads', async () => {
    using folder = temporaryFolder();
    const client = await connect(folder.file('client.db'));
    const result = async (name: string, args: Record<string, unknown>) =>
      ToolResult.parse(await client.call(name, args)).structuredContent;
    const proposed = await result('memory_propose', { changes: [{ content: 'We use SQLite for storage.' }] });
    const committed = await result('memory_commit', { batch_id: proposed.batch_id });
    const uri = `memory://${committed.committed_ids?.[0]}`;
    expect(await result('search', { query: 'which storage?' })).toMatchObject({ hits: [{ uri }] });
    expect(JSON.stringify(await client.read(uri))).toContain('We use SQLite for storage.');
    await client.close();
  });

  it('is told what is wrong with a call', async () => {
    using folder = temporaryFolder();
    const client = await connect(folder.file('client.db'));
    const answer = await client.call('memory_commit', { batch_id: 'bat_none' });
    expect(answer).toMatchObject({ isError: true });
    expect(JSON.stringify(answer)).toContain('There is no batch bat_none');
    await expect(client.read('memory://mem_none')).rejects.toThrow('mem_none');
    await client.close();
  });
});

it.each(clients.slice(0, 3))(
  '%s hears that another process superseded what it subscribed to',
  async (_name, connect) => {
    using folder = temporaryFolder();
    const db = folder.file('client.db');
    const client = await connect(db);
    await using other = await startMintmark(db);
    const write = async (change: object): Promise<string> => {
      const written = outcomeOf(await other.call('memory_propose', { changes: [change], commit: true }));
      if ('failure' in written) throw new Error(written.failure);
      return written.value.changes?.[0]?.memory_id ?? '';
    };
    const id = await write({ content: 'We use SQLite for storage.' });
    const heard = await new Promise<string>((resolve, reject) => {
      const superseding = { op: 'supersede', content: 'We use Postgres for storage.', supersedes: [id] };
      client
        .subscribe?.(`memory://${id}`, resolve)
        .then(() => write(superseding))
        .catch(reject);
    });
    expect(heard).toBe(`memory://${id}`);
    await client.close();
  },
);

it.each(clients.slice(0, 3))(
  '%s hears of a checkpoint, a patch and a milestone of another process',
  async (_name, connect) => {
    using folder = temporaryFolder();
    const db = folder.file('client.db');
    const client = await connect(db);
    await using other = await startMintmark(db);
    const result = async (name: string, args: Record<string, unknown>) => {
      const outcome = outcomeOf(await other.call(name, args));
      if ('failure' in outcome) throw new Error(outcome.failure);
      return Named.parse(outcome.value);
    };
    const { medallion_id } = await result('checkpoint', { session_summary: 'Begun.' });
    const { run_id = '' } = await result('run_open', { objective: 'Finish.' });
    const changes = [
      { uri: `medallion://${medallion_id}`, tool: 'checkpoint', args: { session_summary: 'Half done.' } },
      { uri: `run://${run_id}`, tool: 'working_set_patch', args: { run_id, expected_seq: 0 } },
      { uri: `run://${run_id}/ledger`, tool: 'episode_seal', args: { run_id, reason: 'done' } },
    ];
    for (const { uri, tool, args } of changes) {
      const heard = await new Promise<string>((resolve, reject) => {
        const listen = (changed: string) => changed === uri && resolve(changed);
        client
          .subscribe?.(uri, listen)
          .then(() => result(tool, args))
          .catch(reject);
      });
      expect(heard).toBe(uri);
    }
    await client.close();
  },
);

const Named = z.looseObject({ medallion_id: z.string().optional(), run_id: z.string().optional() });

const ToolResult = z.object({
  structuredContent: z.looseObject({
    batch_id: z.string().optional(),
    committed_ids: z.array(z.string()).optional(),
  }),
});

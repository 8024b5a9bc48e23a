import { createMCPClient } from '@ai-sdk/mcp';
import { Client } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'vitest';
import { z } from 'zod';

/** What every client can do, whatever it calls it. */
export type Connected = {
  call(name: string, args: Record<string, unknown>): Promise<unknown>;
  read(uri: string): Promise<unknown>;
  /** Calls `heard` with the uri of each resource-updated notice. */
  subscribe?(uri: string, heard: (uri: string) => void): Promise<void>;
  close(): Promise<unknown>;
};

/** `@modelcontextprotocol/sdk` 1.x. */
export async function sdk1(transport: Parameters<OldClient['connect']>[0]): Promise<Connected> {
  const client = new OldClient({ name: 'sdk-1', version: '1' });
  await client.connect(transport);
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

/** `@modelcontextprotocol/client` 2.x in one of its eras. */
export async function client2(
  transport: Parameters<Client['connect']>[0],
  era: 'legacy' | 'modern',
): Promise<Connected> {
  const mode = era === 'legacy' ? era : { pin: '2026-07-28' };
  const client = new Client({ name: 'client-2', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
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

/** `@ai-sdk/mcp`. */
export async function aiSdk(
  transport: Parameters<typeof createMCPClient>[0]['transport'],
): Promise<Connected> {
  const client = await createMCPClient({ transport });
  const tools = await client.tools();
  return {
    call: async (name, args) => tools[name]?.execute(args, { toolCallId: name, messages: [] }),
    read: uri => client.readResource({ uri }),
    close: () => client.close(),
  };
}

const ToolResult = z.object({
  structuredContent: z.looseObject({
    batch_id: z.string().optional(),
    committed_ids: z.array(z.string()).optional(),
  }),
});

export async function expectToProposeCommitSearchAndRead(client: Connected): Promise<void> {
  const result = async (name: string, args: Record<string, unknown>) =>
    ToolResult.parse(await client.call(name, args)).structuredContent;
  const proposed = await result('memory_propose', { changes: [{ content: 'We use SQLite for storage.' }] });
  const committed = await result('memory_commit', { batch_id: proposed.batch_id });
  const uri = `memory://${committed.committed_ids?.[0]}`;
  expect(await result('search', { query: 'which storage?' })).toMatchObject({ hits: [{ uri }] });
  expect(JSON.stringify(await client.read(uri))).toContain('We use SQLite for storage.');
}

export async function expectToBeToldWhatIsWrong(client: Connected): Promise<void> {
  const answer = await client.call('memory_commit', { batch_id: 'bat_none' });
  expect(answer).toMatchObject({ isError: true });
  expect(JSON.stringify(answer)).toContain('There is no batch bat_none');
  await expect(client.read('memory://mem_none')).rejects.toThrow('mem_none');
}

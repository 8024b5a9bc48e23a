import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  aiSdk,
  type Connected,
  client2,
  expectToBeToldWhatIsWrong,
  expectToProposeCommitSearchAndRead,
  sdk1,
} from '../support/clients.js';
import { bundle, environment, outcomeOf, startMintmark, temporaryFolder } from '../support/mintmark.js';

const serverOf = (db: string) => ({
  command: process.execPath,
  args: [bundle],
  env: Object.fromEntries(
    Object.entries({ ...process.env, ...environment(db) }).map(([name, value]) => [name, value ?? '']),
  ),
});

const clients: [string, (db: string) => Promise<Connected>][] = [
  ['@modelcontextprotocol/sdk 1.x', db => sdk1(new OldTransport(serverOf(db)))],
  [
    '@modelcontextprotocol/client 2.x in the 2025 era',
    db => client2(new StdioClientTransport(serverOf(db)), 'legacy'),
  ],
  [
    '@modelcontextprotocol/client 2.x in the 2026 era',
    db => client2(new StdioClientTransport(serverOf(db)), 'modern'),
  ],
  ['@ai-sdk/mcp', db => aiSdk(new Experimental_StdioMCPTransport(serverOf(db)))],
];

describe.each(clients)('%s', (_name, connect) => {
  it('proposes, commits, searches and reads', async () => {
    using folder = temporaryFolder();
    const client = await connect(folder.file('client.db'));
    await expectToProposeCommitSearchAndRead(client);
    await client.close();
  });

  it('is told what is wrong with a call', async () => {
    using folder = temporaryFolder();
    const client = await connect(folder.file('client.db'));
    await expectToBeToldWhatIsWrong(client);
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

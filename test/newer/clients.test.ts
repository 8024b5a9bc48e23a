import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Connected,
  expectToBeToldWhatIsWrong,
  expectToProposeCommitSearchAndRead,
  sdk1,
} from '../support/clients.js';
import { serveHttp } from '../support/http.js';
import { bundle, environment, temporaryFolder } from '../support/mintmark.js';
import { newerNode } from '../support/newer-node.js';

type Folder = ReturnType<typeof temporaryFolder>;
/** Where the server is, and a folder that is the client's own. */
type Place = { readonly url: string; readonly authorization: string; readonly folder: Folder };

const clients: readonly [string, (place: Place) => Promise<Connected>][] = [
  ['@openai/agents over HTTP', driven('openai-agents', overHttp)],
  ['@openai/agents over stdio', driven('openai-agents', overStdio)],
  ['@ai-sdk/mcp 2 over HTTP', driven('ai-sdk', overHttp)],
  ['@ai-sdk/mcp 2 over stdio', driven('ai-sdk', overStdio)],
  ['mcporter', mcporter],
  ['mcp-remote, a bridge from stdio to HTTP', mcpRemote],
];

describe.each(clients)('%s', (_name, connect) => {
  it('proposes, commits, searches, reads and is told what is wrong with a call', async () => {
    using folder = temporaryFolder();
    await using server = await serveHttp();
    const authorization = `Bearer ${await server.token()}`;
    const client = await connect({ url: `${server.url}/mcp`, authorization, folder });
    await expectToProposeCommitSearchAndRead(client);
    await expectToBeToldWhatIsWrong(client);
    await client.close();
  });
});

const Answer = z.union([z.object({ error: z.string() }), z.object({ result: z.unknown() })]);

/** A library that runs under the newer Node only, in a process of its own. */
function driven(client: string, where: (place: Place) => object) {
  return async (place: Place): Promise<Connected> => {
    const { node, folder } = newerNode();
    const script = readFileSync(new URL('driver.mjs', import.meta.url), 'utf8');
    const child = spawn(node, ['--input-type=module', '-e', script, client, JSON.stringify(where(place))], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (method: string, ...params: unknown[]): Promise<unknown> => {
      child.stdin.write(`${JSON.stringify({ method, params })}\n`);
      const { value } = await lines.next();
      const answer = Answer.parse(JSON.parse(value ?? '{"error":"the client ended"}'));
      if ('error' in answer) throw new Error(answer.error);
      return answer.result;
    };
    return {
      call: (name, args) => ask('call', name, args),
      read: uri => ask('read', uri),
      close: async () => {
        const exited = once(child, 'exit');
        child.stdin.end();
        expect(await exited).toEqual([0, null]);
      },
    };
  };
}

function overHttp({ url, authorization }: Place) {
  return { url, headers: { authorization } };
}

function overStdio({ folder }: Place) {
  return { command: process.execPath, args: [bundle], env: environment(folder.file('client.db')) };
}

/** A command line: one process a call. */
async function mcporter({ url, authorization, folder }: Place): Promise<Connected> {
  const { node, path } = newerNode();
  const config = folder.file('mcporter.json');
  writeFileSync(config, JSON.stringify({ mcpServers: { mintmark: { url, headers: { authorization } } } }));
  const run = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(
      node,
      [path('mcporter/dist/cli.js'), '--config', config, ...args, '--output', 'json', '--no-oauth'],
      // Else it looks for what other clients have configured.
      { env: { ...process.env, HOME: folder.file('home') } },
    );
    return stdout;
  };
  return {
    call: async (name, args) => {
      try {
        return {
          structuredContent: JSON.parse(
            await run('call', `mintmark.${name}`, '--args', JSON.stringify(args)),
          ),
        };
      } catch (error) {
        return { isError: true, text: z.object({ stdout: z.string() }).parse(error).stdout };
      }
    },
    read: async uri => JSON.parse(await run('resource', 'mintmark', uri)),
    close: async () => {},
  };
}

async function mcpRemote({ url, authorization, folder }: Place): Promise<Connected> {
  const { node, path } = newerNode();
  const headers = folder.file('headers.txt');
  writeFileSync(headers, `Authorization: ${authorization}\n`);
  return sdk1(
    new StdioClientTransport({
      command: node,
      args: [path('mcp-remote/dist/proxy.js'), url, '--header-file', headers],
      env: { HOME: folder.file('home') },
      stderr: 'ignore',
    }),
  );
}

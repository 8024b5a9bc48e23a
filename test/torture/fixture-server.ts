/** A server over `serveOverStdio` with tools no real server has: slow, noisy, crashing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { serveOverStdio } from '../../src/mcp/stdio.js';

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });

function createServer(): McpServer {
  const server = new McpServer({ name: 'fixture', version: '1.0.0' });
  const oneText = z.object({ text: z.string() });
  server.registerTool('echo', { inputSchema: oneText }, input => text(input.text));
  server.registerTool('len', { inputSchema: oneText }, input => text(String(input.text.length)));
  const delay = z.object({ ms: z.int().min(0).max(60_000) });
  server.registerTool('slow', { inputSchema: delay }, async ({ ms }) => {
    await sleep(ms);
    return text('slept');
  });
  if (process.env.FIXTURE_HAZARDS) registerHazards(server);
  return server;
}

function registerHazards(server: McpServer): void {
  server.registerTool('noisy', {}, () => {
    console.log('console.log');
    console.info({ table: 'console.info' });
    process.stdout.write('half a line without its newline');
    return text('was noisy');
  });
  server.registerTool('unserialisable', {}, () => ({ ...text('x'), _meta: { big: 1n } }));
  server.registerTool('reject', {}, () => {
    void Promise.reject(new Error('a stray rejection'));
    return text('rejected elsewhere');
  });
  server.registerTool('crash', {}, () => {
    setImmediate(() => {
      throw new Error('an uncaught exception');
    });
    return text('crashing');
  });
  server.registerTool('hang', {}, () => new Promise<CallToolResult>(() => {}));
}

/** Says how long it waits for whatever, so that nobody has to measure it. */
if (process.env.FIXTURE_WAITS) {
  const wait = globalThis.setTimeout;
  Object.defineProperty(globalThis, 'setTimeout', {
    value: (work: () => void, ms?: number) => {
      process.stderr.write(`waits ${ms} ms\n`);
      return wait(work, ms);
    },
  });
}

serveOverStdio({
  factory: createServer,
  onShutdown: reason => {
    process.stderr.write(`onShutdown: ${reason}\n`);
    return process.env.FIXTURE_STUCK ? new Promise(() => {}) : undefined;
  },
});

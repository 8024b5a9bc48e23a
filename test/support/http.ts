import { request as rawRequest } from 'node:http';
import type { Socket } from 'node:net';
import { prompts } from '../../prompts/index.js';
import { resources } from '../../resources/index.js';
import type { Granting } from '../../src/access/tokens.js';
import { type PartialOptions, resolveOptions } from '../../src/config/load.js';
import { composeEngine } from '../../src/engine.js';
import { listen } from '../../src/http/listen.js';
import { logTo } from '../../src/http/log.js';
import type { Tool } from '../../src/mcp/tool.js';
import { type Sources, systemSources } from '../../src/sources.js';
import { tools } from '../../tools/index.js';
import { databaseFor } from './engines.js';
import { temporaryFolder } from './mintmark.js';
import { PATIENT } from './patience.js';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

export type Sending = {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** The real server, with tools of the test's where it brings some, on a port of its own over a database of its own, and the plainest of clients. */
export async function serveHttp(
  options: PartialOptions = {},
  more: readonly Tool[] = [],
  { sources = systemSources }: { readonly sources?: Sources } = {},
) {
  const folder = temporaryFolder();
  const config = resolveOptions({
    ...PATIENT,
    db: databaseFor(folder.file('team.db')),
    http: '127.0.0.1:0',
    pollMs: 20,
    logLevel: 'info',
    ...options,
  });
  let passed = 0;
  const engine = composeEngine(config, {
    sources: { ...sources, now: () => sources.now() + passed },
    home: { nodes: [], aliases: [] },
  });
  const logged: string[] = [];
  const { url, address, close } = await listen(
    engine,
    { tools: [...tools, ...more], resources, prompts },
    { log: logTo(line => logged.push(line), config) },
  );
  return {
    engine,
    url,
    address,
    logged,
    /** A token that may read, write and take away, unless told otherwise. */
    async token(granting: Partial<Granting> = {}): Promise<string> {
      const { token } = await engine.tokens.create({
        namespace: 'team-a',
        permissions: ['read', 'write', 'admin'],
        home: ['repo:acme/app'],
        ...granting,
      });
      return token;
    },
    /** Sets the clock of the server forward. */
    pass: (milliseconds: number) => {
      passed += milliseconds;
    },
    send: (path: string, sending: Sending = {}) => send(`${url}${path}`, sending),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      await engine.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Unlike fetch it sends any Host. */
export function send(url: string, { method, token, headers = {}, body }: Sending = {}): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = rawRequest(
      url,
      {
        method: method ?? (text === undefined ? 'GET' : 'POST'),
        agent: false,
        headers: {
          ...(text !== undefined && { 'content-type': 'application/json' }),
          accept: 'application/json, text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      answer => {
        let received = '';
        answer.setEncoding('utf8');
        answer.on('data', chunk => {
          received += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: received }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Resolves when a connection is closed, in whatever way: `once` rejects when it is reset. */
export const closing = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

/** A message of the 2026-07-28 protocol, which needs no session. */
export const modern = (method: string, params: Record<string, unknown> = {}) => ({
  headers: {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof params.name === 'string' && { 'mcp-name': params.name }),
    ...(typeof params.uri === 'string' && { 'mcp-name': params.uri }),
  },
  body: {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
});

export const toolCall = (name: string, args: Record<string, unknown> = {}) =>
  modern('tools/call', { name, arguments: args });

export const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

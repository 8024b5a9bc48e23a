import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type Engine, EngineError } from '../engine.js';
import { serverFactory } from '../mcp/server.js';
import { Sse } from '../mcp/sse.js';
import { Streamable } from '../mcp/streamable.js';
import type { Surface } from '../mcp/surface.js';
import { type Address, inUrl, isLoopback, parseAddress } from './address.js';
import { aosEndpoint } from './aos.js';
import { demandAuthentication } from './authenticate.js';
import { docsPage } from './docs-page.js';
import { Front, type Page } from './front.js';
import { guardFor } from './guard.js';
import type { Log } from './log.js';
import { mcpEndpoint, sseEndpoints } from './mcp.js';
import { openApi } from './openapi.js';
import { plainEndpoints } from './plain.js';

/** How long a stream may outlive its token. */
const SWEEP_MS = 1_000;
/** Headers are small; who needs longer for them is holding the connection open. */
const HEADERS_MS = 10_000;
const HEADER_BYTES = 16_384;

export type Listening = {
  readonly address: Address;
  /** `http://host:port` */
  readonly url: string;
  /** Answers what is under way, ends sessions and streams, and stops. The engine stays open. */
  close(): Promise<void>;
};

/**
 * Serves HTTP at `config.http`. Throws `invalid` where everyone could call from elsewhere, and `unavailable` when the
 * address cannot be had.
 */
export async function listen(
  engine: Engine,
  surface: Surface,
  { log }: { readonly log: Log },
): Promise<Listening> {
  const { config } = engine;
  const { host, port } = parseAddress(config.http ?? '127.0.0.1:0');
  demandAuthentication(engine, isLoopback(host) ? 'here' : 'elsewhere');
  const factory = serverFactory(engine, surface);
  const sse = new Sse(factory);
  const streamable = new Streamable(factory, {
    sessions: config.httpSessions,
    idleMs: config.httpIdleMinutes * 60_000,
    onerror: error => log('error', { error: error.message }),
  });
  const endpoints = new Map(
    Object.entries({
      '/mcp': mcpEndpoint(streamable, surface),
      ...sseEndpoints(sse, surface),
      ...plainEndpoints(engine, surface),
    }),
  );
  const front = new Front(engine, {
    guard: guardFor({ host, ...config }),
    log,
    endpointAt: path => endpoints.get(path) ?? aosEndpoint(engine, surface, path),
    pages: pagesOf(surface, engine.version),
  });
  const server = serverOf(front, config.httpTimeoutMs);
  boundConnections(server, config.httpConnections);
  await bind(server, { host, port });
  const sweep = setInterval(() => {
    Promise.all([streamable.sweep(Date.now()), front.sweep()]).catch(error =>
      log('error', { error: String(error) }),
    );
  }, SWEEP_MS).unref();
  const bound = server.address();
  const address = { host, port: typeof bound === 'object' && bound ? bound.port : port };
  return {
    address,
    url: `http://${inUrl(host)}:${address.port}`,
    close: async () => {
      clearInterval(sweep);
      const closed = once(server, 'close');
      server.close();
      await front.drain(config.httpDrainMs);
      await Promise.all([streamable.close(), sse.close()]);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Made at the first look: schemas take their time. */
function pagesOf(surface: Surface, version: string): Map<string, Page> {
  const once = (make: () => string): (() => string) => {
    let made: string | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  return new Map([
    [
      '/openapi.json',
      { type: 'application/json', text: once(() => JSON.stringify(openApi(surface, version))) },
    ],
    ['/docs', { type: 'text/html; charset=utf-8', text: once(() => docsPage(surface, version)) }],
  ]);
}

async function bind(server: Server, { host, port }: Address): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new EngineError(
      'unavailable',
      `${inUrl(host)}:${port} cannot be listened on: ${error instanceof Error ? error.message : String(error)}.`,
      'End what listens there, or name another address with --http.',
    );
  }
}

function serverOf(front: Front, timeoutMs: number): Server {
  return createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: Math.min(HEADERS_MS, timeoutMs),
      requestTimeout: timeoutMs,
      connectionsCheckingInterval: Math.min(1_000, timeoutMs),
      keepAliveTimeout: 5_000,
    },
    (request, response) => void front.take(request, response),
  );
}

/** Refusing new connections would let whoever holds many idle ones shut everybody else out, so an idle one gives way. */
function boundConnections(server: Server, most: number): void {
  const idle = new Set<Socket>();
  let open = 0;
  server.on('connection', socket => {
    open += 1;
    idle.add(socket);
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
    const [oldest] = idle;
    if (open > most) oldest?.destroy();
  });
  server.on('request', (request, response) => {
    idle.delete(request.socket);
    response.once('close', () => !request.socket.destroyed && idle.add(request.socket));
  });
}

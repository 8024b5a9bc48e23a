import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Engine, EngineError } from '../engine.js';
import { reasonOf } from '../errors.js';
import { onPerformed } from '../mcp/performed.js';
import { serverFactory } from '../mcp/server.js';
import { Sse } from '../mcp/sse.js';
import { Streamable } from '../mcp/streamable.js';
import type { Surface } from '../mcp/surface.js';
import { MINUTE } from '../text/time.js';
import { type Address, inUrl, isLoopback, parseAddress } from './address.js';
import { aosEndpoint } from './aos.js';
import { demandAuthentication } from './authenticate.js';
import { Front } from './front.js';
import { demandUrl, gateOf } from './gate.js';
import { guardFor } from './guard.js';
import type { Log } from './log.js';
import { mcpEndpoint, sseEndpoints } from './mcp.js';
import { type Metrics, openMetrics } from './metrics.js';
import { docsEndpoints, pagesOf } from './pages.js';
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
  demandUrl(engine, host);
  const onerror = (error: unknown) => log('error', { error: textOf(error) });
  const factory = serverFactory(engine, surface, { onerror });
  const sse = new Sse(factory);
  const streamable = new Streamable(factory, {
    sessions: config.httpSessions,
    idleMs: config.httpIdleMinutes * MINUTE,
    onerror,
    onrefused: refused => log('info', { refused }),
  });
  const metrics = await openMetrics(engine, {
    open: () => ({ ...front.open(), sessions: streamable.size }),
  });
  const pages = pagesOf(surface, engine.version);
  const endpoints = new Map(
    Object.entries({
      '/mcp': mcpEndpoint(streamable, surface),
      '/metrics': metrics.endpoint,
      ...(config.httpDocs === 'token' && docsEndpoints(pages)),
      ...sseEndpoints(sse, surface),
      ...plainEndpoints(engine, surface),
    }),
  );
  const server = serverOf(config.httpTimeoutMs);
  boundConnections(server, config.httpConnections);
  endWaiting(server);
  await bind(server, { host, port });
  const bound = server.address();
  const address = { host, port: typeof bound === 'object' && bound ? bound.port : port };
  const url = `http://${inUrl(host)}:${address.port}`;
  const gate = gateOf(engine, config.httpUrl ?? url);
  const front = new Front(engine, {
    ...gate,
    guard: guardFor({ host, ...config }),
    log,
    answered: metrics.answered,
    endpointAt: path => endpoints.get(path) ?? aosEndpoint(engine, surface, path),
    pages: new Map([...(config.httpDocs === 'open' ? pages : []), ...gate.challenges.pages]),
  });
  server.on('request', (request, response) => void front.take(request, response));
  const sweep = setInterval(() => {
    Promise.all([streamable.sweep(Date.now()), front.sweep()]).catch(onerror);
  }, SWEEP_MS).unref();
  const unwatch = watchCalls(engine, { log, metrics });
  return {
    address,
    url,
    close: async () => {
      clearInterval(sweep);
      unwatch();
      const closed = once(server, 'close');
      server.close();
      await front.drain(config.httpDrainMs);
      await Promise.all([streamable.close(), sse.close()]);
      server.closeAllConnections();
      await closed;
    },
  };
}

const watchCalls = (engine: Engine, { log, metrics }: { readonly log: Log; readonly metrics: Metrics }) =>
  onPerformed(engine, performed => {
    metrics.performed(performed);
    const { tool, namespace, outcome, ms } = performed;
    log('info', { tool, namespace, outcome, ms: Math.round(ms) });
  });

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

async function bind(server: Server, { host, port }: Address): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new EngineError(
      'unavailable',
      `${inUrl(host)}:${port} cannot be listened on: ${reasonOf(error)}.`,
      'End what listens there, or name another address with --http.',
    );
  }
}

function serverOf(timeoutMs: number): Server {
  return createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: Math.min(HEADERS_MS, timeoutMs),
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.min(1_000, timeoutMs),
    keepAliveTimeout: 5_000,
  });
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

/** Node tells a response that waits behind another on its connection nothing of that connection's end. */
function endWaiting(server: Server): void {
  const open = new WeakMap<Socket, Set<ServerResponse>>();
  server.on('connection', socket => {
    const responses = new Set<ServerResponse>();
    open.set(socket, responses);
    const end = () => {
      for (const response of responses) response.destroy().emit('close');
    };
    // By then Node has told the one that was being sent.
    socket.once('close', () => setImmediate(end));
  });
  server.on('request', (request, response) => {
    const responses = open.get(request.socket);
    responses?.add(response);
    response.once('close', () => responses?.delete(response));
  });
}

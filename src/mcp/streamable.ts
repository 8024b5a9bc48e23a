import { randomUUID } from 'node:crypto';
import {
  type AuthInfo,
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  type McpHttpHandler,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { Caller } from './caller.js';
import { ChangeBus } from './change-bus.js';
import type { ServerFactory } from './server.js';

/** A caller over the network: `id` is its token's, `namespace` the one it works in. */
export type RemoteCaller = Caller & {
  readonly id: string;
  readonly namespace: string;
  /** Unix milliseconds at which its token ends, where the token says so itself. */
  readonly until?: number | undefined;
};

export type StreamableOptions = {
  /** Sessions a caller may have; the one longest unused gives way. */
  readonly sessions: number;
  readonly idleMs: number;
  readonly onerror: (error: Error) => void;
  /** Hears, in a sentence, of what a client sent that is no request; it has been told. */
  readonly onrefused: (reason: string) => void;
};

type Session = {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly callerId: string;
  usedAt: number;
};

/**
 * Streamable HTTP for both eras on one path: sessions for 2025 clients, a server a request for those of 2026-07-28.
 * It checks neither host nor token: whoever hands it a request has done so.
 */
export class Streamable {
  readonly #factory: ServerFactory;
  readonly #options: StreamableOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #modern = new Map<string, { handler: McpHttpHandler; bus: ChangeBus }>();
  readonly #callers = new WeakMap<AuthInfo, Caller>();

  constructor(factory: ServerFactory, options: StreamableOptions) {
    this.#factory = factory;
    this.#options = options;
  }

  /** How many sessions are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Answers one request whose body, if any, was read and parsed before. */
  async answer(
    request: Request,
    { body, caller }: { readonly body: unknown; readonly caller: RemoteCaller },
  ): Promise<Response> {
    const legacy = request.method !== 'POST' || (await isLegacyRequest(request, body));
    return legacy ? this.#inSession(request, body, caller) : this.#alone(request, body, caller);
  }

  /** Ends the sessions that nobody has used for long. */
  async sweep(now: number): Promise<void> {
    for (const session of this.#sessions.values())
      if (now - session.usedAt > this.#options.idleMs) await session.transport.close();
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      ...[...this.#sessions.values()].map(({ transport }) => transport.close()),
      ...[...this.#modern.values()].map(({ handler }) => handler.close()),
    ]);
  }

  async #inSession(request: Request, body: unknown, caller: RemoteCaller): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id === null) {
      if (!isInitializeRequest(body))
        return refusal(400, -32000, 'There is no session yet. Send initialize first.');
      return (await this.#open(caller)).handleRequest(request, { parsedBody: body });
    }
    const session = this.#sessions.get(id);
    // An id is no proof of who calls: another's session is as unknown as one that never was.
    if (session?.callerId !== caller.id) return refusal(404, -32001, 'Session not found');
    session.usedAt = Date.now();
    return session.transport.handleRequest(request, { parsedBody: body });
  }

  async #open(caller: RemoteCaller): Promise<WebStandardStreamableHTTPServerTransport> {
    await this.#makeRoom(caller.id);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: id => {
        this.#sessions.set(id, { transport, callerId: caller.id, usedAt: Date.now() });
      },
    });
    const server = this.#factory.create(caller);
    await server.connect(transport);
    const closed = transport.onclose;
    transport.onclose = () => {
      this.#sessions.delete(transport.sessionId ?? '');
      closed?.();
    };
    return transport;
  }

  async #makeRoom(callerId: string): Promise<void> {
    const own = [...this.#sessions.values()].filter(session => session.callerId === callerId);
    if (own.length < this.#options.sessions) return;
    const [oldest] = own.sort((one, other) => one.usedAt - other.usedAt);
    await oldest?.transport.close();
  }

  async #alone(request: Request, body: unknown, caller: RemoteCaller): Promise<Response> {
    const { handler, bus } = this.#modernOf(caller.namespace);
    // The secret itself goes no further than the check of it.
    const authInfo: AuthInfo = { token: '', clientId: caller.id, scopes: [...caller.permissions] };
    this.#callers.set(authInfo, caller);
    if (!isListening(body)) return handler.fetch(request, { parsedBody: body, authInfo });
    // What happens right after the acknowledgement must not be missed.
    await bus.hear();
    try {
      return await handler.fetch(request, { parsedBody: body, authInfo });
    } finally {
      bus.restIfAlone();
    }
  }

  /** The SDK reports what it refuses as it reports what fails, and tells them apart by this word alone. */
  #hear(error: Error): void {
    if (error.message.startsWith('Rejected ')) this.#options.onrefused(error.message);
    else this.#options.onerror(error);
  }

  /** One a namespace: a bus for several would tell each tenant what changes with the others. */
  #modernOf(namespace: string) {
    const known = this.#modern.get(namespace);
    if (known) return known;
    const bus = new ChangeBus(this.#factory.noticesOf(namespace));
    const handler = createMcpHandler(
      ({ authInfo }) => {
        const caller = authInfo && this.#callers.get(authInfo);
        if (!caller) throw new Error('A request came without its caller.');
        return this.#factory.create(caller);
      },
      { legacy: 'reject', bus, onerror: error => this.#hear(error) },
    );
    const made = { handler, bus };
    this.#modern.set(namespace, made);
    return made;
  }
}

export const isListening = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'method' in body && body.method === 'subscriptions/listen';

const refusal = (status: number, code: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });

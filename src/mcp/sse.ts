import { randomUUID } from 'node:crypto';
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server';
import type { ServerFactory } from './server.js';
import type { RemoteCaller } from './streamable.js';

const KEEP_ALIVE_MS = 15_000;

type Session = { readonly transport: SseTransport; readonly callerId: string };

/**
 * HTTP+SSE of the 2024-11-05 protocol, for hosts that know nothing newer: replies and notices go down one stream, which
 * begins by naming where to post. A session is as old as its stream.
 */
export class Sse {
  readonly #factory: ServerFactory;
  readonly #sessions = new Map<string, Session>();

  constructor(factory: ServerFactory) {
    this.#factory = factory;
  }

  /** `path` is where messages are posted. */
  async open(caller: RemoteCaller, path: string): Promise<Response> {
    const transport = new SseTransport(path);
    this.#sessions.set(transport.sessionId, { transport, callerId: caller.id });
    await this.#factory.create(caller).connect(transport);
    const closed = transport.onclose;
    transport.onclose = () => {
      this.#sessions.delete(transport.sessionId);
      closed?.();
    };
    return new Response(transport.stream, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform' },
    });
  }

  /** Accepted once the reply is on the stream, so that what is under way counts and is waited for like any request. */
  async post(caller: RemoteCaller, { sessionId, body }: { sessionId: string | null; body: unknown }) {
    const session = this.#sessions.get(sessionId ?? '');
    if (session?.callerId !== caller.id) return new Response('Session not found', { status: 404 });
    const message = messageIn(body);
    if (!message) return new Response('Expected one JSON-RPC message.', { status: 400 });
    await session.transport.receive(message);
    return new Response('Accepted', { status: 202 });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }
}

class SseTransport implements Transport {
  readonly sessionId = randomUUID();
  readonly stream: ReadableStream<Uint8Array>;
  onclose?: () => void;
  onmessage?: Transport['onmessage'];
  readonly #path: string;
  readonly #waiting = new Map<string | number, () => void>();
  #write: (text: string) => void = () => {};
  #finish: () => void = () => {};
  #alive: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
    const encoder = new TextEncoder();
    this.stream = new ReadableStream({
      start: controller => {
        this.#write = text => controller.enqueue(encoder.encode(text));
        this.#finish = () => controller.close();
      },
      cancel: () => {
        this.#finish = () => {};
        return this.close();
      },
    });
  }

  async start(): Promise<void> {
    this.#write(`event: endpoint\ndata: ${this.#path}?sessionId=${this.sessionId}\n\n`);
    this.#alive = setInterval(() => this.#write(': alive\n\n'), KEEP_ALIVE_MS).unref();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    if ('id' in message && !('method' in message)) this.#settle(message.id);
  }

  /** Resolves when a request is answered or given up; at once for anything else. */
  async receive(message: JSONRPCMessage): Promise<void> {
    const answered =
      'method' in message && 'id' in message
        ? new Promise<void>(resolve => this.#waiting.set(message.id, resolve))
        : undefined;
    this.onmessage?.(message);
    if ('method' in message && message.method === 'notifications/cancelled')
      this.#settle(message.params?.requestId);
    await answered;
  }

  async close(): Promise<void> {
    const finish = this.#finish;
    this.#finish = () => {};
    this.#write = () => {};
    clearInterval(this.#alive);
    finish();
    for (const id of this.#waiting.keys()) this.#settle(id);
    this.onclose?.();
  }

  #settle(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}

function messageIn(body: unknown): JSONRPCMessage | undefined {
  try {
    return parseJSONRPCMessage(body);
  } catch {
    return undefined;
  }
}

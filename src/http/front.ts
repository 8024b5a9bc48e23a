import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Engine, EngineError } from '../engine.js';
import { may } from '../mcp/caller.js';
import type { RemoteCaller } from '../mcp/streamable.js';
import { authenticate, standing } from './authenticate.js';
import type { Asked, Endpoint } from './endpoint.js';
import type { Guard } from './guard.js';
import { Rate, Running } from './limits.js';
import type { Log } from './log.js';
import { Problem, STATUS } from './problem.js';
import { hasBody, readJson } from './read-body.js';
import { pathOf, sendWeb, webRequest } from './web.js';

/** Wrong tokens a minute from one address before they are answered 429. */
const WRONG_TOKENS = 60;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export type FrontOptions = {
  readonly guard: Guard;
  readonly log: Log;
  /** The endpoint under a path, or undefined. */
  readonly endpointAt: (path: string) => Endpoint | undefined;
  /** What everyone may read: it tells what the server can do, and nothing of what is stored. */
  readonly pages: ReadonlyMap<string, Page>;
};

export type Page = { readonly type: string; text(): string };

/** What every request passes, in this order: where it is from, who sends it, how much, what it says and what it may. */
export class Front {
  readonly #engine: Engine;
  readonly #options: FrontOptions;
  readonly #rate: Rate;
  readonly #failures = new Rate(WRONG_TOKENS);
  readonly #calls: Running;
  readonly #streams: Running;
  readonly #open = new Map<ServerResponse, RemoteCaller>();
  #drained: (() => void) | undefined;

  constructor(engine: Engine, options: FrontOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#rate = new Rate(engine.config.httpRate);
    this.#calls = new Running(engine.config.httpConcurrency, 'requests');
    this.#streams = new Running(engine.config.httpSessions, 'streams');
  }

  /** Answers one request, whatever happens. */
  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = requestId(request);
    const began = performance.now();
    response.on('error', () => {});
    response.on('close', () =>
      this.#options.log('info', {
        id,
        method: request.method,
        path: pathOf(request).slice(0, 200),
        status: response.statusCode,
        ms: Math.round(performance.now() - began),
        caller: this.#open.get(response)?.id,
      }),
    );
    for (const [name, value] of Object.entries({ ...HEADERS, 'x-request-id': id }))
      response.setHeader(name, value);
    try {
      await this.#serve(request, response);
    } catch (error) {
      this.#refuse(response, error, id);
    }
  }

  /** Cuts the streams of callers whose token no longer stands. */
  async sweep(): Promise<void> {
    if (this.#open.size === 0) return;
    const stands = await standing(this.#engine);
    for (const [response, caller] of this.#open) if (!stands(caller)) response.destroy();
  }

  /** Takes nothing new; resolves when what was under way is answered, or after `ms`. */
  async drain(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      this.#drained = resolve;
      if (this.#calls.total === 0) resolve();
      else setTimeout(resolve, ms).unref();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    if (path === '/health') return say(response, 'ok');
    if (this.#drained) throw stopping();
    if (path === '/ready') {
      // Reads the file that every call needs first.
      await this.#engine.tokens.find('mintmark_');
      return say(response, 'ready');
    }
    this.#admit(request);
    const page = this.#options.pages.get(path);
    if (page && request.method === 'GET') return show(response, page);
    const endpoint = this.#find(request, path);
    const caller = await authenticate(this.#engine, request, { failures: this.#failures });
    this.#limit(caller);
    const end = this.#begin(caller, response);
    const { httpMaxBytes, httpTimeoutMs } = this.#engine.config;
    const body = hasBody(request) ? await readJson(request, httpMaxBytes) : undefined;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const asked = { caller, body, request: webRequest(request, { signal: gone.signal }) };
    demand(caller, endpoint, asked);
    if (endpoint.stays(asked)) {
      response.once('close', this.#streams.begin(caller.id));
      end();
    }
    await sendWeb(await endpoint.answer(asked), response, { stallMs: httpTimeoutMs });
  }

  /** From before the body is read, so that a slow one takes up a place of its caller's own. */
  #begin(caller: RemoteCaller, response: ServerResponse): () => void {
    const over = this.#calls.begin(caller.id);
    const end = () => {
      over();
      if (this.#calls.total === 0) this.#drained?.();
    };
    this.#open.set(response, caller);
    response.once('close', () => {
      this.#open.delete(response);
      end();
    });
    return end;
  }

  #admit(request: IncomingMessage): void {
    const { guard } = this.#options;
    if (!guard.host(request.headers.host))
      throw new Problem(403, 'forbidden', {
        detail: 'This Host is not one the server goes by. The operator can add it with --http-hosts.',
      });
    if (!guard.origin(request.headers.origin))
      throw new Problem(403, 'forbidden', {
        detail: 'Pages of this Origin may not call. The operator can add it with --http-origins.',
      });
  }

  #find(request: IncomingMessage, path: string): Endpoint {
    const endpoint = this.#options.endpointAt(path);
    if (!endpoint)
      throw new Problem(404, 'not_found', {
        detail: 'There is nothing here. MCP is at /mcp, the rest is in /openapi.json.',
      });
    if (!endpoint.methods.includes(request.method ?? ''))
      throw new Problem(405, 'invalid', {
        detail: `Expected ${endpoint.methods.join(', ')}.`,
        headers: { allow: endpoint.methods.join(', ') },
      });
    return endpoint;
  }

  #limit({ id }: RemoteCaller): void {
    const wait = this.#rate.take(id, Date.now());
    if (wait === undefined) return;
    throw new Problem(429, 'rate_limited', {
      detail: `More than ${this.#engine.config.httpRate} requests a minute. Wait ${wait} s.`,
      headers: { 'retry-after': String(wait) },
    });
  }

  #refuse(response: ServerResponse, error: unknown, id: string): void {
    const problem = asProblem(error);
    if (problem.status >= 500 && !this.#drained)
      this.#options.log('error', { id, error: error instanceof Error ? error.stack : String(error) });
    if (response.headersSent) return void response.destroy();
    response.writeHead(problem.status, { 'content-type': 'application/problem+json', ...problem.headers });
    response.end(problem.body(id));
  }
}

function demand(caller: RemoteCaller, endpoint: Endpoint, asked: Asked): void {
  const missing = endpoint.permissions(asked).find(permission => !may(caller, permission));
  if (missing === undefined) return;
  throw new Problem(403, 'forbidden', {
    detail: `This needs a token with the permission ${missing}.`,
    headers: {
      'www-authenticate': `Bearer realm="mintmark", error="insufficient_scope", scope="${missing}"`,
    },
  });
}

const say = (response: ServerResponse, status: string): void =>
  show(response, { type: 'application/json', text: () => JSON.stringify({ status }) });

function show(response: ServerResponse, { type, text }: Page): void {
  response.writeHead(200, { 'content-type': type });
  response.end(text());
}

const stopping = (): Problem =>
  new Problem(503, 'unavailable', {
    detail: 'The server is stopping.',
    headers: { 'retry-after': '5', connection: 'close' },
  });

/** What is nobody's fault but ours is told to the operator alone. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EngineError)
    return new Problem(STATUS[error.code], error.code, { detail: `${error.message} ${error.hint}` });
  return new Problem(500, 'unavailable', { detail: 'mintmark failed at this. Nothing was changed.' });
}

/** The caller's own id where it is plain text, so that both logs can be put side by side. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

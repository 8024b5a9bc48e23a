import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { type Engine, EngineError } from '../engine.js';
import { tellElsewhere } from '../errors.js';
import { may } from '../mcp/caller.js';
import type { RemoteCaller } from '../mcp/streamable.js';
import { traceContext, traced } from '../trace.js';
import { type Asked, type Endpoint, type Page, READING } from './endpoint.js';
import type { Gate } from './gate.js';
import type { Guard } from './guard.js';
import { Rate, Running } from './limits.js';
import type { Log } from './log.js';
import { Problem, STATUS } from './problem.js';
import { hasBody, readJson } from './read-body.js';
import { Turns } from './turns.js';
import { pathOf, sendWeb, webRequest } from './web.js';

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export type FrontOptions = Gate & {
  readonly guard: Guard;
  readonly log: Log;
  /** Hears the status of each answer. */
  readonly answered: (status: number) => void;
  /** The endpoint under a path, or undefined. */
  readonly endpointAt: (path: string) => Endpoint | undefined;
  /** What everyone may read: it tells what the server can do, and nothing of what is stored. */
  readonly pages: ReadonlyMap<string, Page>;
};

/** What every request passes, in this order: where it is from, who sends it, how much, what it says and what it may. */
export class Front {
  readonly #engine: Engine;
  readonly #options: FrontOptions;
  readonly #rate: Rate;
  readonly #calls: Running;
  readonly #streams: Running;
  readonly #turns = new Turns();
  readonly #open = new Map<ServerResponse, RemoteCaller>();
  /** Answered before the server stops: also those whose caller is still being looked up. */
  readonly #underWay = new Set<ServerResponse>();
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
    const context = traceContext(request.headers);
    const inTrace = <T>(work: () => T): T => traced({ requestId: id, ...(context && { context }) }, work);
    response.on('error', () => {});
    response.on('close', () => inTrace(() => this.#note(request, response, began)));
    for (const [name, value] of Object.entries({ ...HEADERS, 'x-request-id': id }))
      response.setHeader(name, value);
    await inTrace(async () => {
      try {
        await this.#turns.next();
        // Nobody is told twice that it is closed: what it took from now on it would keep for good.
        if (!response.destroyed) await this.#serve(request, response);
      } catch (error) {
        this.#refuse(response, error, id);
      }
    });
  }

  /** How many calls and streams are open. */
  open(): { readonly calls: number; readonly streams: number } {
    return { calls: this.#calls.total, streams: this.#streams.total };
  }

  /** Cuts the streams of callers whose token no longer stands. */
  async sweep(): Promise<void> {
    if (this.#open.size === 0) return;
    const stands = await this.#options.authenticator.standing();
    for (const [response, caller] of this.#open) if (!stands(caller)) response.destroy();
  }

  /** Takes nothing new; resolves when what was under way is answered, or after `ms`. */
  async drain(ms: number): Promise<void> {
    // Whoever waits for a turn already came before.
    await this.#turns.next();
    await new Promise<void>(resolve => {
      this.#drained = resolve;
      if (this.#underWay.size === 0) resolve();
      else setTimeout(resolve, ms).unref();
    });
  }

  #note(request: IncomingMessage, response: ServerResponse, began: number): void {
    const { log, answered } = this.#options;
    answered(response.statusCode);
    log('info', {
      method: request.method,
      path: pathOf(request).slice(0, 200),
      status: response.statusCode,
      ms: Math.round(performance.now() - began),
      caller: this.#open.get(response)?.id,
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    if (path === '/health' || path === '/ready') demandMethod(request, READING);
    if (path === '/health') return say(response, 'ok');
    if (this.#drained) throw stopping();
    const leave = this.#enter(response);
    if (path === '/ready') {
      // Reads the file that every call needs first.
      await this.#engine.tokens.find('mintmark_');
      return say(response, 'ready');
    }
    this.#admit(request);
    const page = this.#options.pages.get(path);
    if (page) {
      demandMethod(request, READING);
      return show(response, page);
    }
    const endpoint = this.#find(request, path);
    const caller = await this.#options.authenticator.authenticate(request);
    if (response.destroyed) return;
    this.#limit(caller);
    const end = this.#begin(caller, response);
    const { httpMaxBytes, httpTimeoutMs } = this.#engine.config;
    const body = hasBody(request) ? await readJson(request, httpMaxBytes) : undefined;
    const gone = new AbortController();
    // Who has the whole answer is not gone: an abort makes two errors with their stacks for nobody.
    response.once('close', () => response.writableFinished || gone.abort());
    const asked = { caller, body, request: webRequest(request, { signal: gone.signal }) };
    this.#demand(endpoint, asked, path);
    if (endpoint.stays(asked)) {
      response.once('close', this.#streams.begin(caller.id));
      end();
      leave();
    }
    await sendWeb(await endpoint.answer(asked), response, { stallMs: httpTimeoutMs });
  }

  #enter(response: ServerResponse): () => void {
    this.#underWay.add(response);
    const leave = () => {
      this.#underWay.delete(response);
      if (this.#underWay.size === 0) this.#drained?.();
    };
    response.once('close', leave);
    return leave;
  }

  /** From before the body is read, so that a slow one takes up a place of its caller's own. */
  #begin(caller: RemoteCaller, response: ServerResponse): () => void {
    const end = this.#calls.begin(caller.id);
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
    demandMethod(request, endpoint.methods);
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

  #demand(endpoint: Endpoint, asked: Asked, path: string): void {
    const { caller } = asked;
    const missing = endpoint.permissions(asked).find(permission => !may(caller, permission));
    if (missing === undefined) return;
    throw new Problem(403, 'forbidden', {
      detail: `This needs a token with the permission ${missing}.`,
      headers: { 'www-authenticate': this.#options.challenges.insufficient(path, caller, missing) },
    });
  }

  #refuse(response: ServerResponse, error: unknown, id: string): void {
    const problem = asProblem(error);
    if (problem.status >= 500 && !this.#drained) this.#options.log('error', { error: inspect(error) });
    if (response.headersSent) return void response.destroy();
    response.writeHead(problem.status, { 'content-type': 'application/problem+json', ...problem.headers });
    response.end(problem.body(id));
  }
}

function demandMethod({ method = '' }: IncomingMessage, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  const allow = methods.join(', ');
  throw new Problem(405, 'invalid', { detail: `Expected ${allow}.`, headers: { allow } });
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
    return new Problem(STATUS[error.code], error.code, { detail: tellElsewhere(error) });
  return new Problem(500, 'unavailable', { detail: 'mintmark failed at this. Nothing was changed.' });
}

/** The caller's own id where it is plain text, so that both logs can be put side by side. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { resources } from '../../resources/index.js';
import type { PartialOptions } from '../../src/config/load.js';
import { fixedSources, START } from '../support/connect.js';
import { POSTGRES } from '../support/engines.js';
import { serveHttp } from '../support/http.js';
import { seedOfRun } from '../support/mintmark.js';
import { Caller, programs, type Step } from './program.js';

const SEED = seedOfRun();
/** Each takes longer on a server, above all beside a rival that never rests. */
const STEPS = POSTGRES ? 10 : 50;
/** Making a failing program smaller is stopped in time for the smallest found to be printed. */
const FAST_CHECK = {
  seed: SEED,
  numRuns: Number(process.env.MINTMARK_TENANT_RUNS ?? 3),
  interruptAfterTimeLimit: 500_000,
};
/** Of each noun the resources with these numbers are subscribed to, before there is any. */
const WATCHED = 30;

/**
 * Every tenant counts its ids by itself, whatever others do meanwhile: so replies can be compared byte by byte, and the
 * same id is something else with either.
 */
const asking = new AsyncLocalStorage<string>();
const told = (message: unknown) => {
  if (typeof message !== 'object' || message === null || !('request' in message)) return;
  const { request } = message;
  if (request instanceof IncomingMessage) asking.enterWith(request.headers.authorization ?? '');
};
subscribe('http.server.request.start', told);
afterAll(() => void unsubscribe('http.server.request.start', told));

function sourcesOfTenants() {
  const tenants = new Map<string, ReturnType<typeof fixedSources>>();
  const own = () => {
    const key = asking.getStore() ?? '';
    const sources = tenants.get(key) ?? fixedSources();
    tenants.set(key, sources);
    return sources;
  };
  return {
    now: () => START,
    newId: (prefix: string) => own().newId(prefix),
    newSalt: () => own().newSalt(),
  };
}

type Server = Awaited<ReturnType<typeof serveHttp>>;
type Era = 'legacy' | 'modern';

it.each<[Era, Era, PartialOptions, number]>([
  ['legacy', 'modern', {}, STEPS],
  ['modern', 'legacy', {}, STEPS],
  // Whoever calls has the other's file closed, which takes its time.
  ['modern', 'modern', { openNamespaces: 1 }, 10],
])(
  `a tenant (%s) is answered the same bytes and hears the same, whatever another (%s) stores and does; %j, %i steps (MINTMARK_SEED=${SEED})`,
  async (era, other, options, most) => {
    console.log(`MINTMARK_SEED=${SEED}`);
    const total = { replies: 0, successes: 0, heard: 0, acts: 0 };
    const sameBytes = fc.asyncProperty(programs, programs, async (whole, theirs) => {
      const ours = whole.slice(0, most);
      const alone = await run(ours, { era, options });
      const beside = await run(ours, { era, options, rival: { era: other, program: theirs } });
      expect(beside.replies).toEqual(alone.replies);
      expect(beside.heard).toEqual(alone.heard);
      total.replies += alone.replies.length;
      total.successes += alone.successes;
      total.heard += alone.heard.length;
      total.acts += beside.acts;
    });
    await fc.assert(sameBytes, FAST_CHECK);
    console.log(JSON.stringify(total));
    expect(total.successes / total.replies).toBeGreaterThan(0.95);
    expect(Math.min(total.heard, total.acts)).toBeGreaterThan(0);
  },
);

type Setting = {
  readonly era: Era;
  readonly options: PartialOptions;
  /** Takes its steps once before ours, and again and again meanwhile. */
  readonly rival?: { readonly era: Era; readonly program: readonly Step[] };
};

/** What one tenant is told, over every way in, by a server of its own. */
async function run(program: readonly Step[], { era, options, rival }: Setting) {
  await using server = await serveHttp(
    { tools: ['all'], embedder: 'none', httpRate: 10_000_000, ...options },
    [],
    { sources: sourcesOfTenants() },
  );
  await using ours = await Tenant.connect(server, { era, namespace: 'team-a' });
  await using theirs = await Tenant.connect(server, { era: rival?.era ?? 'modern', namespace: 'team-b' });
  for (const step of rival?.program ?? []) await theirs.take(step);
  const over = new AbortController();
  const meanwhile = rival ? theirs.takeUntil(over.signal, rival.program) : undefined;
  await ours.watch();
  for (const step of program) {
    await ours.take(step);
    await server.engine.settled();
  }
  await ours.heardAll();
  over.abort();
  await meanwhile;
  return { ...ours.transcript, acts: theirs.transcript.replies.length };
}

/** A tenant over MCP, and now and then over plain HTTP and the routes of AoS. */
class Tenant {
  readonly #server: Server;
  readonly #client: Client;
  readonly #token: string;
  readonly #caller: Caller;
  readonly #heard = new Set<string>();
  #steps = 0;
  #last = '';

  private constructor(server: Server, client: Client, token: string) {
    this.#server = server;
    this.#client = client;
    this.#token = token;
    this.#caller = new Caller({ client });
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      this.#heard.add(params.uri);
    });
  }

  static async connect(server: Server, { era, namespace }: { era: Era; namespace: string }): Promise<Tenant> {
    const token = await server.token({ namespace });
    const mode = era === 'legacy' ? era : { pin: '2026-07-28' };
    const client = new Client({ name: namespace, version: '1' }, { versionNegotiation: { mode } });
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }));
    return new Tenant(server, client, token);
  }

  get transcript() {
    const { replies, successes } = this.#caller;
    return { replies, successes, heard: [...this.#heard].sort() };
  }

  /** Subscribes to what may come to be, and makes the memory whose change will say that nothing else is on its way. */
  async watch(): Promise<void> {
    const uris = Object.entries(PREFIXES).flatMap(([noun, prefix]) =>
      Array.from({ length: WATCHED }, (_, index) => `${noun}://${prefix}_${String(index).padStart(32, '0')}`),
    );
    if (this.#client.getNegotiatedProtocolVersion() === '2026-07-28')
      await this.#client.listen({ resourceSubscriptions: uris });
    else for (const uri of uris) await this.#client.subscribeResource({ uri });
    const { text } = await this.#send('/v1/memory_propose', {
      changes: [{ content: 'The last of all to change.' }],
      commit: true,
    });
    this.#last = `memory://${JSON.parse(text).committed_ids[0]}`;
    await this.#hears(this.#last);
  }

  async take(step: Step): Promise<void> {
    await this.#caller.take(step);
    this.#steps += 1;
    if (this.#steps % 5 !== 0) return;
    const run_id = `of-aos-${this.#steps}`;
    const idempotency_key = `key-${this.#steps}`;
    await this.#ask('/v1/search', { query: 'apple port', explain: true });
    const { resources: listed } = Listed.parse(await this.#ask('/v1/resources'));
    // The first of each noun on the page.
    for (const uri of new Map(listed.map(({ uri }) => [uri.split(':')[0], uri])).values())
      await this.#ask(`/v1/resources?uri=${uri}`);
    for (const { uriTemplate: uri } of resources) {
      const ref = { type: 'ref/resource' as const, uri };
      const { completion } = await this.#client.complete({ ref, argument: { name: 'id', value: '' } });
      this.#caller.replies.push(JSON.stringify(completion));
      this.#caller.successes += 1;
    }
    await this.#ask('/runs', { objective: 'Try AoS.', run_id });
    await this.#ask(`/runs/${run_id}`);
    await this.#ask('/v1/memory_propose', {
      changes: [{ content: `Step ${this.#steps}.` }],
      idempotency_key,
    });
  }

  async takeUntil(over: AbortSignal, program: readonly Step[]): Promise<void> {
    while (!over.aborted) for (const step of program) if (!over.aborted) await this.take(step);
  }

  /** Resolves when every notice there is has come: they come in order. */
  async heardAll(): Promise<void> {
    this.#heard.delete(this.#last);
    await this.#client.callTool({ name: 'memory_forget', arguments: { ids: [this.#last] } });
    await this.#hears(this.#last);
  }

  #hears(uri: string): Promise<void> {
    return expect.poll(() => [...this.#heard]).toContain(uri);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #ask(path: string, body?: object): Promise<unknown> {
    const { status, text } = await this.#send(path, body);
    this.#caller.replies.push(`${status} ${text}`);
    if (status === 200) this.#caller.successes += 1;
    return /^[{]/.test(text) ? JSON.parse(text) : text;
  }

  #send(path: string, body?: object) {
    return this.#server.send(path, { token: this.#token, body, headers: { 'x-request-id': 'same' } });
  }
}

const Listed = z.object({ resources: z.array(z.object({ uri: z.string() })) });

const PREFIXES = {
  memory: 'mem',
  run: 'run',
  session: 'ses',
  medallion: 'med',
  episode: 'epi',
  summary: 'sum',
  blob: 'blob',
};

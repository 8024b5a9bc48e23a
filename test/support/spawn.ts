import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PATIENT_ENV } from './patience.js';
import { bundledProgram } from './programs.js';

export type Command = readonly [file: string, ...args: string[]];

/** A server with misbehaving tools, for what the real one never does. */
export const fixture: Command = [process.execPath, bundledProgram('fixture-server')];
/** The server under test. */
export const command: Command = [
  process.execPath,
  fileURLToPath(new URL('../../dist/bin/mintmark.js', import.meta.url)),
];

/** What may stand on a line of stdout: a JSON-RPC reply, request or notification. */
const error = z.object({ code: z.int(), message: z.string(), data: z.unknown() }).partial({ data: true });
const id = z.union([z.string(), z.int()]);
const Message = z.union([
  z.strictObject({ jsonrpc: z.literal('2.0'), id, result: z.looseObject({}) }),
  z.strictObject({ jsonrpc: z.literal('2.0'), id: id.nullable(), error }),
  z.strictObject({
    jsonrpc: z.literal('2.0'),
    id: id.optional(),
    method: z.string(),
    params: z.unknown().optional(),
  }),
]);
export type Message = z.infer<typeof Message>;
export type Reply = Exclude<Message, { method: string }>;
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A busy machine is no failure: who is silent or there for so long hangs. */
const HANGS_MS = 120_000;

/** A spawned server, its stdout parsed line by line. Disposing of it kills it. */
export class Spawned {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  /** Lines of stdout that are not JSON-RPC: always expected to be empty. */
  readonly pollution: string[] = [];
  readonly replies: Reply[] = [];
  stderr = '';
  readonly #stdin: Writable;
  #closed = false;
  #nextId = 0;
  #changed: (() => void)[] = [];

  constructor([file, ...args]: Command, env: NodeJS.ProcessEnv = {}) {
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...outside(), ...PATIENT_ENV, ...env },
    });
    this.child = child;
    this.#stdin = child.stdin;
    // Writing to a server that has just ended is what some tests are about.
    child.stdin.on('error', () => {});
    child.stderr.on('data', chunk => {
      this.stderr += chunk;
      this.#wake();
    });
    this.#readLines(child.stdout);
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.#closed = true;
      this.#wake();
      return { code, signal };
    });
  }

  send(raw: string | Uint8Array): void {
    this.#stdin.write(raw);
  }

  /** Sends one message as a line. */
  post(message: unknown): void {
    this.send(`${JSON.stringify(message)}\n`);
  }

  endInput(): void {
    this.#stdin.end();
  }

  async request(method: string, params?: Record<string, unknown>): Promise<Reply> {
    const requestId = `call-${this.#nextId++}`;
    this.post({ jsonrpc: '2.0', id: requestId, method, ...(params && { params }) });
    return await this.reply(requestId);
  }

  async reply(requestId: string | number | null): Promise<Reply> {
    return await this.until(() => this.replies.find(reply => reply.id === requestId));
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<Reply> {
    return await this.request('tools/call', { name, arguments: args });
  }

  /** The 2025 handshake. */
  async initialize(): Promise<this> {
    await this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    });
    this.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return this;
  }

  /** Waits until `probe` returns something, looking again whenever the server says or does anything. */
  async until<T>(probe: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = probe();
      if (found !== undefined && found !== false) return found;
      const change = new Promise<void>(resolve => this.#changed.push(resolve));
      // Once it is closed, all that it ever said is there.
      if (this.#closed || (await expires(change, HANGS_MS))) throw new Error(this.#complaint());
    }
  }

  /** How it ended, by itself. */
  async ends(): Promise<Exit> {
    if (await expires(this.exited, HANGS_MS)) throw new Error(`it does not end: ${this.#complaint()}`);
    return await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  #readLines(stdout: Readable): void {
    createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', line => {
      const message = parse(line);
      if (message === undefined) this.pollution.push(line);
      else if (!('method' in message)) this.replies.push(message);
      this.#wake();
    });
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }

  #complaint(): string {
    const state = this.#closed ? `exited with ${this.child.exitCode ?? this.child.signalCode}` : 'silent';
    return `gave up waiting: the server is ${state}, ${this.replies.length} replies, stderr: ${this.stderr}`;
  }
}

/** The environment without the settings of whoever runs the tests. */
function outside(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MINTMARK_')));
}

function parse(line: string): Message | undefined {
  try {
    return Message.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** True when `ms` pass before `event` happens. */
async function expires(event: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const elapsed = sleep(ms, true, { signal: timer.signal }).catch(() => true);
  const late = await Promise.race([event.then(() => false), elapsed]);
  timer.abort();
  return late;
}

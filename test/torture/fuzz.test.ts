import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { seedOfRun } from '../support/mintmark.js';
import { command, type Reply, Spawned } from '../support/spawn.js';

const MESSAGES = Number(process.env.MINTMARK_FUZZ ?? 20_000);
const SEED = seedOfRun();
const BATCH = 500;
/** What a client of the 2026 era puts into every request. */
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
};
// Not among them: subscriptions/listen is not answered while the connection lasts.
const METHODS = [
  ...['ping', 'tools/list', 'resources/list', 'resources/templates/list', 'prompts/list', 'server/discover'],
  ...['initialize', 'resources/read', 'prompts/get', 'completion/complete', 'logging/setLevel', 'tasks/get'],
  ...[
    '',
    '__proto__',
    'constructor',
    'toString',
    'notifications/initialized',
    'no/such/method',
    'x'.repeat(500),
  ],
];
const STRINGS = [
  '',
  'a',
  'é😀',
  '\u0000',
  '\ud800',
  '"\\\n\r\u2028',
  'x'.repeat(3_000),
  '../../etc',
  '$1;--',
];
const NUMBERS = [0, -0, -1, 1.5, 2 ** 53, 1e300, -1e-300, Number.MAX_SAFE_INTEGER];

it.each(['2025', '2026'] as const)(
  `answers every fuzzed request once in the %s era (MINTMARK_SEED=${SEED} MINTMARK_FUZZ=${MESSAGES})`,
  async era => {
    console.log(`MINTMARK_SEED=${SEED}`);
    const meta = era === '2026' ? { _meta: ENVELOPE } : {};
    await using server = new Spawned(command);
    if (era === '2025') await server.initialize();
    const fuzz = new Fuzz(SEED + Number(era), await toolNames(server, meta), meta);
    for (let sent = 0; sent < MESSAGES / 2; sent += BATCH) await attack(server, fuzz, meta);
    expect(server.pollution).toEqual([]);
    server.endInput();
    expect((await server.ends()).code).toBe(0);
  },
);

async function toolNames(server: Spawned, meta: object): Promise<string[]> {
  const shape = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string() })) }) });
  return shape.parse(await server.request('tools/list', { ...meta })).result.tools.map(tool => tool.name);
}

/** Sends one batch in pieces cut anywhere and compares what comes back with what must. */
async function attack(server: Spawned, fuzz: Fuzz, meta: object): Promise<void> {
  server.replies.length = 0;
  const bytes = Buffer.concat(Array.from({ length: BATCH }, () => Buffer.concat([fuzz.frame(), NEWLINE])));
  for (let at = 0; at < bytes.length; ) {
    const end = at + fuzz.below(64) ** 3 + 1;
    server.send(bytes.subarray(at, end));
    at = end;
    await turn();
  }
  const expected = linesOf(bytes).flatMap(expectedOf);
  await server.until(() => server.replies.length >= expected.length);
  const alive = await server.request('tools/list', { ...meta });
  expect(alive).toHaveProperty('result');
  compare(
    server.replies.filter(reply => reply !== alive),
    expected,
  );
}

const NEWLINE = Buffer.from('\n');
/** The id a reply must carry; 'any' for a line that is not JSON: a parse error, whose id may be recovered. */
type Expected = { readonly id: string | number | null } | 'any';

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return lines;
}

function expectedOf(line: Buffer): Expected[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line);
    return text.trim() === '' ? [] : expectedOfJson(JSON.parse(text));
  } catch {
    return ['any'];
  }
}

function expectedOfJson(value: unknown): Expected[] {
  if (Array.isArray(value)) {
    const ids = value.filter(member => isRecord(member) && 'method' in member).map(idOf);
    const known = ids.filter(id => id !== null);
    return known.length > 0 ? known.map(id => ({ id })) : [{ id: null }];
  }
  if (!isRecord(value)) return [{ id: null }];
  if (
    'method' in value
      ? !('id' in value) && typeof value.method === 'string'
      : 'result' in value || 'error' in value
  )
    return [];
  return [{ id: idOf(value) }];
}

function compare(replies: readonly Reply[], expected: readonly Expected[]): void {
  const isParseError = (reply: Reply) => 'error' in reply && reply.error.code === -32700;
  const due = expected.flatMap(one => (one === 'any' ? [] : [JSON.stringify(one.id)]));
  const got = replies.filter(reply => !isParseError(reply)).map(reply => JSON.stringify(reply.id));
  expect(got.sort()).toEqual(due.sort());
  expect(replies.filter(isParseError)).toHaveLength(expected.length - due.length);
}

function idOf(value: Record<string, unknown>): string | number | null {
  const { id } = value;
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Frames between valid and noise, the same for the same seed. */
class Fuzz {
  readonly #tools: readonly string[];
  readonly #meta: object;
  #state: number;
  #count = 0;

  constructor(seed: number, tools: readonly string[], meta: object) {
    this.#state = seed;
    this.#tools = tools;
    this.#meta = meta;
  }

  /** A whole number from 0 to `bound` - 1 (mulberry32). */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  frame(): Buffer {
    const kind = this.below(100);
    if (kind < 25) return encode(this.#request());
    if (kind < 50) return encode(this.#withWrongField());
    if (kind < 58) return encode(this.#json(4));
    if (kind < 65) return encode(this.#client());
    if (kind < 69) return encode(Array.from({ length: this.below(5) }, () => this.#request()));
    if (kind < 74) return this.#deep();
    if (kind < 84) return this.#truncated();
    if (kind < 95) return this.#mutated();
    return Buffer.from(Array.from({ length: this.below(200) }, () => this.below(256)));
  }

  #pick<T>(values: readonly [T, ...T[]] | readonly T[], otherwise: T): T {
    return values[this.below(values.length)] ?? otherwise;
  }

  #id(): string | number {
    this.#count += 1;
    const n = this.#count;
    return this.#pick<string | number>([n, -n, `q${n}`, `${n}`, `😀${n}\u0000`, `${n}${'x'.repeat(999)}`], n);
  }

  #request() {
    const isCall = this.below(2) === 0;
    const method = isCall ? 'tools/call' : this.#pick(METHODS, 'ping');
    const meta = this.below(8) === 0 ? {} : this.#meta;
    const args = this.below(3) === 0 ? this.#json(3) : { text: this.#pick(STRINGS, ''), ms: this.below(20) };
    const call = { name: this.#pick(this.#tools, 'x'), arguments: args };
    const params = isCall ? { ...call, ...meta } : { uri: 'x', name: 'x', ...meta };
    return { jsonrpc: '2.0', id: this.#id(), method, params };
  }

  #withWrongField() {
    const request = this.#request();
    const wrong = this.#json(2);
    const field = this.#pick(['jsonrpc', 'id', 'method', 'params', 'extra', 'result'], 'id');
    if (this.below(2) === 0) return { ...request, [field]: wrong };
    const inner = this.#pick(
      ['_meta', 'name', 'arguments', 'uri', 'protocolVersion', 'requestState'],
      'name',
    );
    return { ...request, params: { ...request.params, [inner]: wrong } };
  }

  /** What is no request: notifications, and replies to questions nobody asked. */
  #client() {
    const bodies = [
      { method: 'notifications/cancelled', params: { requestId: 'nobody', reason: this.#json(1) } },
      { method: 'notifications/progress', params: { progressToken: this.#json(1), progress: this.#json(1) } },
      { method: 'notifications/roots/list_changed' },
      { method: this.#pick(STRINGS, ''), params: this.#json(2) },
      { id: this.#id(), result: this.#json(2) },
      { id: this.#json(1), error: { code: this.#json(1), message: this.#json(1) } },
    ];
    return { jsonrpc: '2.0', ...this.#pick<object>(bodies, {}) };
  }

  #json(depth: number): unknown {
    const kind = this.below(depth > 0 ? 8 : 5);
    if (kind === 0) return this.#pick([null, true, false], null);
    if (kind < 3) return this.#pick(NUMBERS, 0);
    if (kind < 5) return this.#pick(STRINGS, '');
    const members = Array.from({ length: this.below(4) }, () => this.#json(depth - 1));
    if (kind === 5) return members;
    const keys = ['jsonrpc', 'id', 'method', 'params', 'result', '__proto__', 'constructor', ''];
    // defineProperty semantics: fromEntries makes __proto__ an own key.
    return Object.fromEntries(members.map(member => [this.#pick(keys, ''), member]));
  }

  #deep(): Buffer {
    const levels = this.below(2) === 0 ? this.below(400) : this.below(20_000);
    const [open, close] = this.below(2) === 0 ? ['[', ']'] : ['{"a":', '}'];
    const value = open.repeat(levels) + (open === '[' ? '' : '1') + close.repeat(levels);
    const request = { ...this.#request(), params: { _meta: 'HERE', ...this.#meta } };
    return Buffer.from(JSON.stringify(request).replace(/"HERE"|\{\}/, () => value));
  }

  #truncated(): Buffer {
    const bytes = encode(this.#request());
    return bytes.subarray(0, this.below(bytes.length));
  }

  #mutated(): Buffer {
    const bytes = encode(this.#request());
    for (let i = this.below(6); i >= 0; i -= 1) {
      // Half of the changes put something meaningful where it does not belong.
      const byte = this.below(2) === 0 ? '{}[]",:0\\ue'.charCodeAt(this.below(11)) : this.below(256);
      bytes[this.below(bytes.length)] = byte;
    }
    return bytes;
  }
}

function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

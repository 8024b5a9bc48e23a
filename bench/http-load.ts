import * as z from 'zod';
import type { Call } from './http-clients.js';
import { type Statement, statements } from './material.js';

/** What the clients of all runs write, each statement once. */
export class Material {
  readonly #statements: readonly Statement[];
  #written = 0;

  constructor(count: number, seed: number) {
    this.#statements = statements(count, seed);
  }

  next(): string {
    const statement = this.#statements[this.#written++];
    if (!statement) throw new Error('There is nothing left to write.');
    return statement.text;
  }

  /** Three words of one that was written. */
  words(turn: number): string {
    return this.#statements[(turn * 7919) % Math.max(1, this.#written)]?.three ?? 'nothing';
  }
}

const Committed = z.object({ status: z.literal('committed'), committed_ids: z.tuple([z.string()]) });
const Found = z.object({ hits: z.array(z.object({ uri: z.string() })) });
const Fetched = z.object({ text: z.string() });

type Timed = { readonly kind: string; readonly ms: number };

/** Writes, searches and fetches what it wrote, one call after the other: 1, 2 and 1 of 4. */
export class Client {
  readonly acknowledged = new Map<string, string>();
  readonly #call: Call;
  readonly #material: Material;
  #turn: number;

  constructor(call: Call, { material, index }: { readonly material: Material; readonly index: number }) {
    this.#call = call;
    this.#material = material;
    this.#turn = index;
  }

  async step(): Promise<Timed> {
    this.#turn += 1;
    const kind = (['write', 'search', 'fetch', 'search'] as const)[this.#turn % 4] ?? 'search';
    const began = performance.now();
    await this[kind === 'fetch' && this.acknowledged.size === 0 ? 'search' : kind]();
    return { kind, ms: performance.now() - began };
  }

  async write(): Promise<void> {
    const content = this.#material.next();
    const proposed = await this.#call('memory_propose', { changes: [{ content }], commit: true });
    this.acknowledged.set(Committed.parse(proposed).committed_ids[0], content);
  }

  async search(): Promise<void> {
    Found.parse(await this.#call('search', { query: this.#material.words(this.#turn) }));
  }

  async fetch(): Promise<void> {
    const [id, content] = [...this.acknowledged][this.#turn % this.acknowledged.size] ?? ['', ''];
    const { text } = Fetched.parse(await this.#call('fetch', { uri: `memory://${id}` }));
    if (!text.includes(content)) throw new Error(`${id} is not what was written: ${text}`);
  }
}

/** What several rounds came to. */
export class Tally {
  readonly #times: Timed[] = [];
  readonly #errors: string[] = [];
  #seconds = 0;

  get errors(): number {
    return this.#errors.length;
  }

  /** Each client one call after the other, all clients at once. */
  async drive(clients: readonly { step(): Promise<Timed> }[], seconds: number): Promise<void> {
    const began = performance.now();
    const until = began + seconds * 1000;
    await Promise.all(
      clients.map(async client => {
        while (performance.now() < until)
          await client.step().then(
            timed => this.#times.push(timed),
            error => this.#errors.push(String(error)),
          );
      }),
    );
    this.#seconds += (performance.now() - began) / 1000;
  }

  /** One call that says nothing, again and again. */
  async repeat(
    calls: readonly Call[],
    tool: string,
    { seconds }: { readonly seconds: number },
  ): Promise<void> {
    const step = (call: Call) => async () => {
      const began = performance.now();
      await call(tool, {});
      return { kind: 'call', ms: performance.now() - began };
    };
    await this.drive(
      calls.map(call => ({ step: step(call) })),
      seconds,
    );
  }

  figures() {
    const kinds = [...new Set(this.#times.map(({ kind }) => kind))].sort();
    const [first_error] = this.#errors;
    return {
      per_second: this.#times.length / this.#seconds,
      ...Object.fromEntries(
        kinds.map(kind => [`${kind} ms`, quantiles(this.#times.filter(timed => timed.kind === kind))]),
      ),
      errors: this.errors,
      ...(first_error !== undefined && { first_error }),
    };
  }
}

function quantiles(times: readonly Timed[]) {
  const sorted = times.map(({ ms }) => ms).sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

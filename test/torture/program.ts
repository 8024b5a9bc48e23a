import fc from 'fast-check';
import { z } from 'zod';
import type { connect } from '../support/connect.js';

/** Whatever has a client, over whichever wire. */
type Server = Pick<Awaited<ReturnType<typeof connect>>, 'client'>;

const WORDS = 'apple pear kamal deploys staging port 8080 9090 never retries 東京 getUserById café'.split(
  ' ',
);
const text = fc
  .array(fc.constantFrom(...WORDS), { minLength: 3, maxLength: 9 })
  .map(words => words.join(' '));
/** Which of the ids that earlier calls returned a step is about. */
const nth = fc.nat(1_000);
const change = fc.record(
  {
    content: text,
    type: fc.constantFrom('fact', 'decision', 'semantic'),
    importance: fc.constantFrom(0, 0.5, 1),
    tags: fc.constantFrom(['fruit'], ['ops', 'fruit']),
    rationale: text,
  },
  { requiredKeys: ['content'] },
);
const search = fc.record(
  {
    query: fc.oneof({ weight: 6, arbitrary: text }, fc.constantFrom('', 'mem', '"')),
    mode: fc.constantFrom('lexical', 'regex'),
    limit: fc.constantFrom(1, 3, 100),
    detail: fc.constantFrom('ids', 'snippets', 'full'),
    max_tokens: fc.constantFrom(200, 2_000),
    explain: fc.boolean(),
    statuses: fc.constantFrom(['active', 'superseded'], ['proposed', 'rejected', 'deprecated']),
  },
  { requiredKeys: ['query'] },
);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), change, commit: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('supersede' as const), change, nth }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), text, rewind: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('checkpoint', 'seal', 'put'), text }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('open', 'patch', 'record', 'compact'), text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('load', 'build', 'resume', 'pack', 'unpack') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('decide' as const), nth, reject: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('search' as const), search }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('next page' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('fetch', 'read'), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('list', 'complete', 'review', 'status') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), nth, purge: fc.boolean() }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Programs of calls that succeed, whatever is stored beside them: a step about an id, when there is none, does something else. */
export const programs = fc.array(step, { minLength: 30, maxLength: 50 });

/** Runs steps through a client and keeps every reply as the text that came over the wire. */
export class Caller {
  readonly replies: string[] = [];
  successes = 0;
  /** Memories that look-alikes or contradictions of this caller's proposals named. */
  reported = 0;
  readonly #server: Server;
  /** What this caller committed and did not forget or replace. */
  readonly active: string[] = [];
  readonly #pending: string[] = [];
  #search: Record<string, unknown> = { query: 'apple' };
  #cursor: string | undefined;
  #session: string | undefined;
  #run: { run_id: string; seq: number } | undefined;
  #pack: string | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  /** The ids that this caller was told of. */
  get ids(): ReadonlySet<string> {
    return new Set(this.replies.join().match(/\b(mem|bat|med|run|epi|ses|msg|sum|blob)_0\w+/g));
  }

  async take(step: Step): Promise<void> {
    const { client } = this.#server;
    switch (step.do) {
      case 'add':
        return await this.#propose(step.change, step.commit);
      case 'supersede': {
        const old = take(this.active, step.nth);
        if (old === undefined) return await this.#propose(step.change, true);
        return await this.#propose({ ...step.change, op: 'supersede', supersedes: [old] }, true);
      }
      case 'say':
        return await this.#say(step);
      case 'checkpoint':
        return void (await this.#call('checkpoint', { session_summary: 's', high_level: step.text }));
      case 'put':
        // Equal contents are one blob, also in two projects: what one has put is nobody else's.
        return void (await this.#call('blob_put', { content: `${step.text} ${this.replies.length}` }));
      case 'seal': {
        const { run_id } = await this.#runOf(step.text);
        return void (await this.#call('episode_seal', { run_id, reason: step.text }));
      }
      case 'open':
        this.#run = undefined;
        return void (await this.#runOf(step.text));
      case 'patch': {
        const { run_id, seq: expected_seq } = await this.#runOf(step.text);
        const patch = { run_id, expected_seq, set: { next_action: step.text } };
        this.#run = Opened.safeParse(await this.#call('working_set_patch', patch)).data;
        return;
      }
      case 'record': {
        const { run_id } = await this.#runOf(step.text);
        const events = [{ type: 'NOTE', payload: { text: step.text } }];
        return void (await this.#call('run_record', { run_id, events }));
      }
      case 'pack': {
        const { run_id } = await this.#runOf('Pack what was done.');
        const packed = Packed.safeParse(await this.#call('pack_export', { run_id })).data;
        this.#pack = packed?.uri ?? this.#pack;
        return;
      }
      case 'unpack':
        if (this.#pack === undefined) return await this.#find({});
        await this.#keep(client.readResource({ uri: this.#pack }));
        return void (await this.#call('pack_import', { uri: this.#pack }));
      case 'build':
        if (this.#session === undefined) return await this.#find({});
        return void (await this.#call('context_build', { session_id: this.#session, max_tokens: 2_000 }));
      case 'compact':
        if (this.#session === undefined) return await this.#find({});
        return void (await this.#call('context_compact', { session_id: this.#session, summary: step.text }));
      case 'load':
        return void (await this.#call('load_by_scope', {}));
      case 'resume':
        return void (await this.#keep(client.getPrompt({ name: 'resume' })));
      case 'decide':
        return await this.#decide(step);
      case 'search':
        this.#search = step.search;
        return await this.#find({});
      case 'next page':
        return await this.#find(this.#cursor ? { cursor: this.#cursor } : {});
      case 'forget':
        return await this.#forget(step);
      case 'fetch':
        return await this.#about(step.nth, uri => this.#call('fetch', { uri }));
      case 'read':
        return await this.#about(step.nth, uri => this.#keep(client.readResource({ uri })));
      case 'list':
        return void (await this.#keep(client.listResources()));
      case 'review':
        return void (await this.#keep(client.getPrompt({ name: 'review' })));
      case 'status':
        return void (await this.#call('status', {}));
      default: {
        const ref = { type: 'ref/resource' as const, uri: 'memory://{id}' };
        return void (await this.#keep(client.complete({ ref, argument: { name: 'id', value: 'mem' } })));
      }
    }
  }

  async #propose(change: object, commit: boolean): Promise<void> {
    const done = Proposed.safeParse(await this.#call('memory_propose', { changes: [change], commit })).data;
    if (done?.status === 'committed') this.active.push(...done.committed_ids);
    else if (done) this.#pending.push(done.batch_id);
    for (const { lookalikes, contradictions } of done?.changes ?? [])
      this.reported += lookalikes.length + contradictions.length;
  }

  /** The run that was worked on last, or a new one. */
  async #runOf(objective: string): Promise<{ run_id: string; seq: number }> {
    this.#run ??= Opened.safeParse(await this.#call('run_open', { objective })).data;
    return this.#run ?? { run_id: 'run_none', seq: 0 };
  }

  async #say({ text, rewind }: { text: string; rewind: boolean }): Promise<void> {
    const messages = [{ role: 'user', content: text }];
    const into = this.#session === undefined ? {} : { session_id: this.#session };
    const done = Appended.safeParse(await this.#call('session_append', { messages, ...into })).data;
    this.#session = done?.session_id;
    if (rewind && done)
      await this.#call('session_rewind', { session_id: done.session_id, message_id: done.message_ids[0] });
  }

  async #decide({ nth, reject }: { nth: number; reject: boolean }): Promise<void> {
    const batch = take(this.#pending, nth);
    if (batch === undefined) return await this.#find({});
    const decision = reject ? 'reject' : 'commit';
    const done = Decided.safeParse(await this.#call('memory_commit', { batch_id: batch, decision })).data;
    this.active.push(...(done?.committed_ids ?? []));
  }

  async #find(page: object): Promise<void> {
    const found = Found.safeParse(await this.#call('search', { ...this.#search, ...page })).data;
    this.#cursor = found?.next_cursor;
  }

  async #forget({ nth, purge }: { nth: number; purge: boolean }): Promise<void> {
    const id = take(this.active, nth);
    if (id === undefined) return await this.#find({});
    await this.#call('memory_forget', { ids: [id], purge });
  }

  async #about(nth: number, read: (uri: string) => Promise<unknown>): Promise<void> {
    const id = this.active[nth % this.active.length];
    if (id === undefined) await this.#find({});
    else await read(`memory://${id}`);
  }

  async #call(name: string, args: Record<string, unknown>): Promise<unknown> {
    const result = await this.#keep(this.#server.client.callTool({ name, arguments: args }));
    return Result.safeParse(result).data?.structuredContent;
  }

  /** What a tool refused is a reply like any other, only not a success. */
  async #keep(reply: Promise<unknown>): Promise<unknown> {
    const result = await reply.catch((error: unknown) => ({ isError: true, error: String(error) }));
    this.replies.push(JSON.stringify(result));
    if (!Refusal.safeParse(result).success) this.successes += 1;
    return result;
  }
}

/** Takes one out of the list. */
function take(ids: string[], nth: number): string | undefined {
  return ids.splice(nth % ids.length, 1)[0];
}

const Refusal = z.object({ isError: z.literal(true) });
const Result = z.object({ structuredContent: z.unknown() });
const Found = z.object({ next_cursor: z.string().optional() });
const Opened = z.object({ run_id: z.string(), seq: z.number() });
const Packed = z.object({ uri: z.string().optional() });
const Appended = z.object({ session_id: z.string(), message_ids: z.array(z.string()) });
const Decided = z.object({ committed_ids: z.array(z.string()) });
const Proposed = z.object({
  batch_id: z.string(),
  status: z.string(),
  committed_ids: z.array(z.string()),
  changes: z.array(z.object({ lookalikes: z.array(z.unknown()), contradictions: z.array(z.unknown()) })),
});

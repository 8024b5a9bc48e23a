import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connect } from '../support/connect.js';
import { seedOfRun } from '../support/mintmark.js';
import { runs } from '../support/sweep.js';

/** What may happen to a session; numbers choose among the messages that are there. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append'), count: fc.nat(3), named: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replace'), count: fc.nat(3), named: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rewind'), at: fc.nat(99), purge: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete') }) },
);
type Step = Readonly<{ kind: string; count?: number; named?: boolean; at?: number; purge?: boolean }>;

type Said = { readonly id: string; readonly text: string; visible: boolean };
type Server = Awaited<ReturnType<typeof connect>>;

/** A session as it ought to be: every message that was not purged, in order. */
class Model {
  said: Said[] = [];
  #count = 0;
  readonly #server: Server;
  readonly #id: string;

  constructor(server: Server, id: string) {
    this.#server = server;
    this.#id = id;
  }

  visible = (): string[] => this.said.filter(({ visible }) => visible).map(({ text }) => text);

  async apply({ kind, count = 0, named = false, at = 0, purge = false }: Step): Promise<void> {
    if (kind === 'append' || kind === 'replace')
      return this.#append(count, { named, replace: kind === 'replace' });
    if (kind === 'rewind') return this.#rewind(at, { purge });
    await this.#server.call('session_rewind', { session_id: this.#id, all: true });
    for (const message of this.said) message.visible = false;
  }

  async #append(count: number, { named, replace }: { named: boolean; replace: boolean }): Promise<void> {
    const texts = Array.from({ length: count }, () => `text ${this.#count++}`);
    const messages = texts.map(content => ({ role: 'user', content, ...(named && { id: content }) }));
    const asked = { session_id: this.#id, create: true, replace, messages };
    const { message_ids } = await this.#server.call('session_append', asked);
    if (replace) for (const message of this.said) message.visible = false;
    for (const [index, text] of texts.entries())
      this.said.push({ id: message_ids[index], text, visible: true });
  }

  async #rewind(at: number, { purge }: { purge: boolean }): Promise<void> {
    const visible = this.said.filter(message => message.visible);
    const target = visible[at % Math.max(1, visible.length)];
    if (!target) return;
    await this.#server.call('session_rewind', { session_id: this.#id, message_id: target.id, purge });
    const from = this.said.indexOf(target);
    // A purge of what is visible takes all after it, hidden or not.
    if (purge) this.said = this.said.slice(0, from);
    else for (const message of this.said.slice(from)) message.visible = false;
  }
}

test('whatever happens to a session, it shows what it should and is the fold of its ledger', async () => {
  const seed = seedOfRun();
  await using server = await connect();
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
    const { session_id } = await server.call('session_append', { messages: [] });
    const model = new Model(server, session_id);
    for (const one of steps) {
      await model.apply(one);
      const { text, meta } = await server.engine.sessions.read({ id: session_id, last: 1000 });
      expect([...text.matchAll(/^text \d+$/gm)].map(([said]) => said)).toEqual(model.visible());
      expect(meta.messages).toBe(model.visible().length);
    }
  });
  await fc.assert(property, { seed, numRuns: runs(60) });
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
});

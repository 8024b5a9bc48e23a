import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { client2 } from '../../support/clients.js';
import { send } from '../../support/http.js';
import { openFile, serveMintmark, temporaryFolder } from '../../support/mintmark.js';
import { psql } from '../../support/postgres.js';

const CLIENTS = 8;
const CALLS = Number(process.env.MINTMARK_REPLICA_CALLS ?? 10);

const Opened = z.object({ run_id: z.string() });
const Patched = z.object({ seq: z.number() });
const Proposed = z.object({ changes: z.tuple([z.object({ memory_id: z.string() })]) });

it(`two replicas under ${CLIENTS} × ${CALLS} patches and commits lose nothing, though one is killed`, {
  timeout: 600_000 + CLIENTS * CALLS * 1000,
}, async () => {
  const db = temporaryFolder().file('team.db');
  const token = await tokenIn(db);
  await using first = await serveMintmark(db);
  await using second = await serveMintmark(db);
  const { run_id } = Opened.parse(
    (await post(first.url, token, 'run_open', { objective: 'Contend.' })).reply,
  );
  const heard: string[] = [];
  const listener = await listening(first.url, token);
  await listener.subscribe?.(`run://${run_id}`, uri => heard.push(uri));
  await post(second.url, token, 'working_set_patch', patch(run_id, 0, 'from the other replica'));
  await expect.poll(() => heard).toContain(`run://${run_id}`);
  await listener.close();

  const urls = [first.url, second.url];
  const clients = Array.from(
    { length: CLIENTS },
    (_, index) => new Client({ index, token, run: run_id, urls }),
  );
  const working = clients.map(client => client.work());
  await Promise.race([Promise.all(clients.map(({ halfway }) => halfway)), ...working]);
  second.server.child.kill('SIGKILL');
  await Promise.all(working);

  const seqs = clients.flatMap(({ patched }) => patched);
  const conflicts = clients.reduce((sum, client) => sum + client.conflicts, 0);
  console.log(`${seqs.length} patches, ${conflicts} conflicts, ${CLIENTS * CALLS} commits`);
  expect(seqs.toSorted((a, b) => a - b)).toEqual(seqs.map((_, index) => index + 2));
  await using engine = openFile(db);
  expect((await engine.runs.read(run_id)).meta.seq).toBe(seqs.length + 1);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
  for (const { committed } of clients)
    for (const [id, content] of committed) expect((await engine.memories.read(id)).text).toContain(content);
  await using owner = await psql(db);
  const written = await owner.rows(
    `select b.content::json ->> 'content' as content from memory m join body b on b.namespace = m.namespace and b.owner = m.id`,
  );
  expect(new Set(written.map(({ content }) => content)).size, 'each is written once').toBe(written.length);
  expect(written.length).toBe(CLIENTS * CALLS);
});

async function tokenIn(db: string): Promise<string> {
  await using engine = openFile(db);
  const permissions = ['read', 'write'] as const;
  const home = ['repo:acme/app'];
  return (await engine.tokens.create({ namespace: 'default', permissions, home })).token;
}

const listening = (url: string, token: string) =>
  client2(
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
    'modern',
  );

const patch = (run_id: string, expected_seq: number, id: string) => ({
  run_id,
  expected_seq,
  append: { sliding_context: [{ id, content: `content of ${id}`, priority: 1 }] },
});

type Posted = { readonly status: number; readonly reply: unknown; readonly text: string };

async function post(url: string, token: string, tool: string, body: object): Promise<Posted> {
  const { status, text } = await send(`${url}/v1/${tool}`, { token, body });
  return { status, text, reply: JSON.parse(text) };
}

type Working = {
  readonly index: number;
  readonly token: string;
  readonly run: string;
  readonly urls: readonly string[];
};

/** Patches one run and commits memories, at one replica after the other; where one is gone, the same call at the other. */
class Client {
  readonly patched: number[] = [];
  readonly committed = new Map<string, string>();
  conflicts = 0;
  readonly halfway: Promise<void>;
  readonly #working: Working;
  #seq = 1;
  #turn: number;
  #reached = () => {};

  constructor(working: Working) {
    this.#working = working;
    this.#turn = working.index;
    this.halfway = new Promise(resolve => {
      this.#reached = resolve;
    });
  }

  async work(): Promise<void> {
    const { index } = this.#working;
    for (let number = 0; number < CALLS; number += 1) {
      if (number === Math.floor(CALLS / 2)) this.#reached();
      await this.#patch(`w${index}n${number}`);
      const content = `Client ${index} wrote its sentence number ${number}.`;
      const { status, reply, text } = await this.#call('memory_propose', {
        changes: [{ content }],
        commit: true,
        idempotency_key: `${index}-${number}`,
      });
      expect(status, text).toBe(200);
      this.committed.set(Proposed.parse(reply).changes[0].memory_id, content);
    }
  }

  async #patch(id: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const { status, reply, text } = await this.#call('working_set_patch', {
        ...patch(this.#working.run, this.#seq, id),
        idempotency_key: `${id}-${attempt}`,
      });
      if (status === 200) {
        this.#seq = Patched.parse(reply).seq;
        this.patched.push(this.#seq);
        return;
      }
      const [, current] = /at seq (\d+)\. Nothing was changed/.exec(text) ?? [];
      expect(current, `${status} ${text}`).toBeDefined();
      this.#seq = Number(current);
      this.conflicts += 1;
    }
  }

  async #call(tool: string, body: object): Promise<Posted> {
    const { urls, token } = this.#working;
    for (;;) {
      const url = urls[this.#turn++ % urls.length] ?? '';
      const posted = await post(url, token, tool, body).catch(unlessGone);
      if (posted) return posted;
    }
  }
}

function unlessGone(error: unknown): undefined {
  const said = error instanceof Error ? `${error.message} ${Reflect.get(error, 'code')}` : '';
  if (!/ECONN|EPIPE|socket hang up|aborted|JSON/.test(said)) throw error;
}

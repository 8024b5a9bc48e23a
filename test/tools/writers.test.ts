import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { PartialOptions } from '../../src/config/load.js';
import { connect, fixedSources } from '../support/connect.js';
import { databaseFor } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { answer, say, scriptedModel, type Turn } from '../support/model.js';
import { wordsIn } from '../support/stored.js';
import { passableTimeouts } from '../support/timeouts.js';

type Server = Awaited<ReturnType<typeof connect>>;
type Model = Awaited<ReturnType<typeof scriptedModel>>;

const KEY = 'sk-secret-0123456789abcdef';
const SUMMARY = '## Goal\nTo count turns.\n## Completed\nThe first ones.';
const LIMITS = { context_limit: 4000, max_output: 500 };
const words = 'some words '.repeat(30);
const turns = (count: number, from = 1) =>
  Array.from({ length: count }, (_, at) => ({
    role: (from + at) % 2 === 1 ? 'user' : 'assistant',
    content: `Turn ${from + at}. ${words}`,
  }));

const asking = ({ url }: Model, rest: PartialOptions = {}): PartialOptions => ({
  writer: 'http',
  writerUrl: url,
  writerModel: 'tiny',
  writerKey: KEY,
  writerTimeoutMs: 30_000,
  ...rest,
});

/** A session of 3,100 usable tokens that is two thirds full, once what follows the reply is done. */
async function filled(server: Server): Promise<string> {
  const { session_id } = await server.call('session_append', { ...LIMITS, messages: turns(32) });
  await server.engine.settled();
  return session_id;
}

const append = async (server: Server, session_id: string, messages: object[] = []) => {
  const reply = await server.call('session_append', { session_id, messages });
  await server.engine.settled();
  return reply;
};
const frontier = async (server: Server, session_id: string) => {
  const { report } = await server.call('context_build', { session_id });
  const uris: string[] = report.frontier?.uris ?? [];
  return Promise.all(uris.map(uri => server.engine.sessions.readSummary({ id: uri, whole: false })));
};
const levels = async (server: Server, session_id: string) =>
  (await frontier(server, session_id)).map(({ meta }) => meta.level);
const findings = async (server: Server) => (await server.engine.verify({ deep: true })).findings;
const MINUTE = 60_000;

describe('the soft threshold', () => {
  it('compacts after the reply, with what a model writes, and the next reply tells of it', async () => {
    await using model = await scriptedModel(SUMMARY);
    await using server = await connect({ options: asking(model) });
    const session_id = await filled(server);
    const [summary] = await frontier(server, session_id);
    expect(summary).toMatchObject({ text: SUMMARY, meta: { level: 1, written_by: 'http tiny' } });
    const [request] = model.asked;
    expect(request?.body.messages[0]?.content).toContain('## Key instructions & constraints');
    expect(request?.body.messages[1]?.content).toMatch(/^``` conversation\n\[1\] user\nTurn 1\./);
    const next = await append(server, session_id, turns(1, 33));
    expect(next.maintenance).toEqual({ compacted: 1 });
    expect(next.context.share).toBeLessThan(0.6);
    expect((await append(server, session_id, turns(1, 34))).maintenance).toEqual({});
    expect(model.asked).toHaveLength(1);
    expect(await findings(server)).toEqual([]);
  });

  it('compacts without a model where none is configured, and asks nobody', async () => {
    await using model = await scriptedModel(SUMMARY);
    const { writer: _none, ...rest } = asking(model);
    await using server = await connect({ options: rest });
    const session_id = await filled(server);
    expect(await levels(server, session_id)).toEqual([3]);
    const { context } = await append(server, session_id);
    expect(context.share).toBeLessThan(0.6);
    await server.call('context_compact', { session_id });
    expect(model.asked).toEqual([]);
  });

  it('takes the writer of whoever uses the library', async () => {
    const { openEngine } = await import('../../src/engine.js');
    const write = vi.fn(async () => SUMMARY);
    const engine = openEngine({ db: databaseFor(':memory:'), writer: { name: 'mine', write } });
    await using server = { engine, [Symbol.asyncDispose]: () => engine.close() };
    const messages = turns(32);
    const { session_id } = await server.engine.sessions.append({ ...LIMITS, messages });
    await engine.settled();
    expect((await engine.context.compact({ session_id })).tokens_before).toBeLessThan(1860);
    expect(write).toHaveBeenCalled();
  });
});

/** What the time that a model has runs out at: it was asked, it began to answer. */
let late = () => {};
const hang: Turn = () => late();
const slow: Turn = response => void response.writeHead(200).write('{"choices": [', () => late());
const half: Turn = response => void response.end(answer(SUMMARY).slice(0, 60));

describe('a model that fails', () => {
  it.each<[string, Turn, number]>([
    ['never answers', hang, 1],
    ['never finishes', slow, 1],
    ['is too busy', { status: 429, headers: { 'retry-after': '0' } }, 3],
    ['is busy for long', { status: 429, headers: { 'retry-after': '3600' } }, 1],
    ['is broken', { status: 500, headers: { 'retry-after': '0' } }, 3],
    ['sends half of its JSON', half, 1],
    ['says nothing', '', 2],
    ['says what cannot be kept', 'a\0b', 2],
    ['says more than it was given', 'long '.repeat(5000), 2],
    ['is cut off', response => say(response, SUMMARY, 'length'), 2],
  ])(
    'leaves a summary made without it when it %s, and is not asked again soon',
    async (_what, turn, asked) => {
      await using model = await scriptedModel(turn);
      await using server = await connect({ options: asking(model, { writerTimeoutMs: 23_000 }) });
      const timeouts = passableTimeouts(23_000);
      late = timeouts.pass;
      const session_id = await filled(server);
      expect(timeouts.asked()).toBeGreaterThan(0);
      expect(await levels(server, session_id)).toEqual([3]);
      expect(model.asked).toHaveLength(asked);
      for (const at of [33, 34]) {
        const reply = await append(server, session_id, turns(1, at));
        expect(reply.context.share).toBeLessThan(0.6);
      }
      expect(model.asked).toHaveLength(asked);
      expect(await findings(server)).toEqual([]);
    },
  );

  it('is tried again later, and what it writes then replaces what was made without it', async () => {
    await using model = await scriptedModel({ status: 401 });
    await using server = await connect({ options: asking(model) });
    const session_id = await filled(server);
    model.script(SUMMARY);
    server.sources.forward(2 * MINUTE);
    await append(server, session_id);
    const [summary] = await frontier(server, session_id);
    expect(summary).toMatchObject({ text: SUMMARY, meta: { level: 1, written_by: 'http tiny' } });
    expect(model.asked).toHaveLength(2);
  });

  it('is given up on for the same messages after a few times', async () => {
    await using model = await scriptedModel('long '.repeat(5000));
    await using server = await connect({ options: asking(model) });
    const session_id = await filled(server);
    for (let times = 0; times < 8; times += 1) {
      server.sources.forward(61 * MINUTE);
      await append(server, session_id);
    }
    // Twice for the block, then twice in each of three attempts to better the summary that stands.
    expect(model.asked).toHaveLength(8);
    expect((await append(server, session_id)).summary_request).toBeDefined();
  });

  it('writes five lines when it can do no better', async () => {
    await using model = await scriptedModel('long '.repeat(5000), 'Five lines.');
    await using server = await connect({ options: asking(model) });
    const session_id = await filled(server);
    expect(await levels(server, session_id)).toEqual([2]);
    expect(model.asked[1]?.body.messages[0]?.content).toContain('five lines');
  });
});

describe('context_compact with a writer', () => {
  it('has it write, tells who wrote, and asks nothing for a repeated call', async () => {
    await using model = await scriptedModel(SUMMARY);
    await using server = await connect({ options: asking(model) });
    const { session_id } = await server.call('session_append', { messages: turns(20) });
    const args = { session_id, idempotency_key: 'once' };
    const done = await server.call('context_compact', args);
    expect(done).toMatchObject({ level: 1, written_by: 'http tiny', covers: '1-15' });
    expect(await server.call('context_compact', args)).toEqual({ ...done, replayed: true });
    expect(model.asked).toHaveLength(1);
  });

  it('prefers what the caller wrote', async () => {
    await using model = await scriptedModel(SUMMARY);
    await using server = await connect({ options: asking(model) });
    const { session_id } = await server.call('session_append', { messages: turns(20) });
    const done = await server.call('context_compact', { session_id, summary: 'Mine.' });
    expect(done.level).toBe(1);
    expect(done.written_by).toBeUndefined();
    expect(model.asked).toEqual([]);
  });

  it('says why it did not write', async () => {
    await using model = await scriptedModel({ status: 401 });
    await using server = await connect({ options: asking(model) });
    const { session_id } = await server.call('session_append', { messages: turns(20) });
    const done = await server.call('context_compact', { session_id });
    expect(done).toMatchObject({ level: 3, note: expect.stringContaining('answered 401') });
    await server.call('session_append', { session_id, messages: turns(10, 21) });
    const again = await server.call('context_compact', { session_id });
    expect(again.note).toContain('came to nothing lately');
  });

  it('covers only what the model can read at once', async () => {
    await using model = await scriptedModel(SUMMARY);
    const options = asking(model, { models: ['tiny=1200/100'] });
    await using server = await connect({ options });
    const { session_id } = await server.call('session_append', { messages: turns(40) });
    const done = await server.call('context_compact', { session_id });
    expect(done).toMatchObject({ level: 1, note: expect.stringContaining('call again') });
    expect(JSON.stringify(model.asked[0]?.body).length).toBeLessThan(1200 * 6);
    expect(await findings(server)).toEqual([]);
  });

  it('throws away what was written of messages that were rewound meanwhile', async () => {
    await using model = await scriptedModel();
    await using server = await connect({ options: asking(model) });
    const { session_id, message_ids } = await server.call('session_append', { messages: turns(20) });
    model.script(async response => {
      await server.call('session_rewind', { session_id, message_id: message_ids[9] });
      say(response, SUMMARY);
    });
    const done = await server.call('context_compact', { session_id });
    expect(done.note).toContain('changed meanwhile');
    expect(done.level).toBe(3);
    expect(await findings(server)).toEqual([]);
  });
});

describe('what a model costs', () => {
  it('is bounded by the hour, over two windows and a restart', async () => {
    using folder = temporaryFolder();
    await using model = await scriptedModel(SUMMARY);
    const sources = fixedSources();
    const open = () =>
      connect({ db: folder.file('a.db'), options: asking(model, { writerCallsPerHour: 3 }), sources });
    const compacted = async (server: Server) => {
      const { session_id } = await server.call('session_append', { messages: turns(20) });
      return (await server.call('context_compact', { session_id })).level;
    };
    {
      await using one = await open();
      await using two = await open();
      expect([await compacted(one), await compacted(two), await compacted(one)]).toEqual([1, 1, 1]);
      expect(await compacted(two)).toBe(3);
    }
    await using later = await open();
    expect(await compacted(later)).toBe(3);
    expect(model.asked).toHaveLength(3);
    sources.forward(61 * MINUTE);
    expect(await compacted(later)).toBe(1);
  });

  it('is spent once when two windows tend the same session', async () => {
    using folder = temporaryFolder();
    await using model = await scriptedModel(response => void setImmediate(() => say(response, SUMMARY)));
    const sources = fixedSources();
    const open = () => connect({ db: folder.file('a.db'), options: asking(model), sources });
    await using one = await open();
    await using two = await open();
    const { session_id } = await one.call('session_append', { ...LIMITS, messages: turns(32) });
    await two.call('session_append', { session_id, messages: [] });
    await Promise.all([one.engine.settled(), two.engine.settled()]);
    expect(model.asked).toHaveLength(1);
    expect(await levels(one, session_id)).toEqual([1]);
  });

  it('is condensed from summaries, never from the first message again', async () => {
    await using model = await scriptedModel(`## Completed\n${'A thing was done. '.repeat(60)}`);
    await using server = await connect({ options: asking(model) });
    const session_id = await filled(server);
    let at = 33;
    while (!model.asked.at(-1)?.body.messages[1]?.content.startsWith('``` summaries') && at < 200) {
      if (model.asked.length > 1) model.script(SUMMARY);
      await append(server, session_id, turns(1, at++));
    }
    const [summary] = await frontier(server, session_id);
    expect(summary?.meta).toMatchObject({ level: 1, parents: expect.arrayContaining([expect.any(String)]) });
    const covered = model.asked.map(({ body }) => body.messages[1]?.content ?? '');
    const firsts = covered.filter(text => text.includes('Turn 1.'));
    expect(firsts).toHaveLength(1);
    expect(await findings(server)).toEqual([]);
  });
});

it('keeps the key out of everything', async () => {
  using folder = temporaryFolder();
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  await using model = await scriptedModel({ status: 401 });
  const db = folder.file('a.db');
  await using server = await connect({ db, options: asking(model) });
  const session_id = await filled(server);
  const replies = [await server.call('status'), await server.call('context_compact', { session_id })];
  expect(inspect([replies, errors.mock.calls], { depth: 9 })).not.toContain('sk-secret');
  await server.engine.close();
  expect(await wordsIn(db, ['sk-secret'])).toEqual([]);
  const wrong = { ...asking(model), writerUrl: `http://ada:${KEY}@localhost` };
  await expect(connect({ options: wrong })).rejects.toThrow(/^(?!.*sk-secret).*writerUrl is not/);
});

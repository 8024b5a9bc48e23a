import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Engine } from '../../src/engine.js';
import { environment, mintmark, openFile, outcomeOf, temporaryFolder } from '../support/mintmark.js';
import { say, scriptedModel } from '../support/model.js';
import { type Reply, Spawned } from '../support/spawn.js';
import { wordsIn } from '../support/stored.js';

const KEY = 'sk-secret-0123456789abcdef';
const LIMITS = { context_limit: 4000, max_output: 500 };
const messages = Array.from({ length: 32 }, (_, at) => ({
  role: at % 2 === 0 ? 'user' : 'assistant',
  content: `Turn ${at}. ${'some words '.repeat(30)}`,
}));

/** Servers of one database that may ask the model at a URL. */
async function windows(count: number, { db, url }: { readonly db: string; readonly url: string }) {
  const env = {
    ...environment(db),
    MINTMARK_TOOLS: 'all',
    MINTMARK_WRITER: 'http',
    MINTMARK_WRITER_URL: url,
    MINTMARK_WRITER_MODEL: 'tiny',
    MINTMARK_WRITER_KEY: KEY,
  };
  const all = Array.from({ length: count }, () => new Spawned(mintmark, env));
  await Promise.all(all.map(server => server.initialize()));
  return {
    append: async (args: object) => {
      const replies = [];
      for (const server of all) replies.push(await server.call('session_append', { messages: [], ...args }));
      return replies.map(appended);
    },
    end: async () => {
      for (const server of all) {
        server.endInput();
        expect(await server.ends()).toEqual({ code: 0, signal: null });
        expect(server.stderr).toBe('');
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of all) await server[Symbol.asyncDispose]();
    },
  };
}

const appended = (reply: Reply) =>
  z.object({ value: z.looseObject({ session_id: z.string() }) }).parse(outcomeOf(reply)).value;

/** A model that says nothing until it is told to, and when it was asked. */
async function silentModel() {
  let answer: () => void = () => {};
  let told: () => void = () => {};
  const beingAsked = new Promise<void>(resolve => {
    told = resolve;
  });
  const model = await scriptedModel(response => {
    answer = () => say(response, '## Goal\nTo count.');
    told();
  });
  return { ...model, beingAsked, answer: () => answer() };
}

/** Hears from now on when some process compacts. */
async function listen(engine: Engine): Promise<{ readonly compacted: Promise<void> }> {
  let heard: () => void = () => {};
  const compacted = new Promise<void>(resolve => {
    heard = resolve;
  });
  await engine.subscribe(events => {
    if (events.some(({ type }) => type === 'SESSION_COMPACTED')) heard();
  });
  return { compacted };
}

const frontier = async (engine: Engine, session_id: string) =>
  (await engine.context.build({ session_id })).report.frontier?.uris ?? [];

/** The session of a window that ended beside a model that said nothing. */
async function endedWhileAsking(
  db: string,
  { url, beingAsked }: Awaited<ReturnType<typeof silentModel>>,
): Promise<string> {
  await using one = await windows(1, { db, url });
  const [first] = await one.append({ ...LIMITS, messages });
  await beingAsked;
  await one.end();
  return first?.session_id ?? '';
}

it('asks once for what four processes see to be done, and keeps the key to itself', async () => {
  using folder = temporaryFolder();
  const db = folder.file('shared.db');
  await using model = await silentModel();
  await using one = await windows(1, { db, url: model.url });
  await using more = await windows(3, { db, url: model.url });
  const [first] = await one.append({ ...LIMITS, messages });
  const session_id = first?.session_id ?? '';
  await model.beingAsked;
  for (let times = 0; times < 10; times += 1) await more.append({ session_id });
  await using engine = openFile(db);
  const { compacted } = await listen(engine);
  model.answer();
  await compacted;
  expect(await frontier(engine, session_id)).toHaveLength(1);
  expect(model.asked).toHaveLength(1);
  await one.end();
  await more.end();
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
  await engine.close();
  expect(await wordsIn(db, ['sk-secret'])).toEqual([]);
});

it('is not kept alive by a model that never answers, and leaves nothing half done', async () => {
  using folder = temporaryFolder();
  const db = folder.file('ended.db');
  await using model = await silentModel();
  const session_id = await endedWhileAsking(db, model);
  await using engine = openFile(db);
  expect(await frontier(engine, session_id)).toEqual([]);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
});

it('does not ask again at once in the next window, which does without', async () => {
  using folder = temporaryFolder();
  const db = folder.file('next.db');
  await using model = await silentModel();
  const session_id = await endedWhileAsking(db, model);
  await using engine = openFile(db);
  const { compacted } = await listen(engine);
  await using next = await windows(1, { db, url: model.url });
  await next.append({ session_id });
  await compacted;
  expect(await frontier(engine, session_id)).toHaveLength(1);
  expect(model.asked).toHaveLength(1);
});

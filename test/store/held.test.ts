import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { compact } from '../../src/context/compact.js';
import { upkeepOf } from '../../src/context/upkeep.js';
import type { Engine } from '../../src/engine.js';
import { appendMessages } from '../../src/session/append.js';
import type { Store } from '../../src/store/store.js';
import { connect, fixedSources } from '../support/connect.js';
import { databaseFor, storeFor } from '../support/engines.js';
import { databasePath } from '../support/remember.js';
import { openFixed } from './everything.js';

const LIMITS = { context_limit: 1500, max_output: 200 };
const turns = (count: number, from = 1) =>
  Array.from({ length: count }, (_, at) => ({
    role: (from + at) % 2 === 1 ? ('user' as const) : ('assistant' as const),
    content: `Turn ${from + at}. ${'some words '.repeat(30)}`,
  }));

describe('the file', () => {
  it('is free to others whenever a summary is thought of', async () => {
    const db = databasePath();
    const sources = fixedSources();
    const probe = new BetterSqlite3(db, { timeout: 0 });
    const whileThinking: string[] = [];
    const newId = (prefix: string) => {
      if (prefix === 'sum') whileThinking.push(canWrite(probe) ? 'free' : 'held');
      return sources.newId(prefix);
    };
    await using server = await connect({ db, sources: { ...sources, newId } });
    const { session_id } = await server.call('session_append', { messages: turns(8), ...LIMITS });
    for (let at = 0; at < 12; at += 1) {
      // What is done after a reply would think while the next call writes: then it is that call which holds the file.
      await server.engine.settled();
      await server.call('session_append', { session_id, messages: turns(9, 9 + 9 * at) });
      await server.engine.settled();
      const { summary_request } = await server.call('context_compact', { session_id });
      const { request_id } = summary_request;
      await server.call('context_compact', { session_id, request_id, summary: `Counted to ${at}.` });
    }
    probe.close();
    expect(whileThinking.length).toBeGreaterThan(30);
    expect(new Set(whileThinking)).toEqual(new Set(['free']));
  });
});

describe('what another window appends while a summary is thought of', () => {
  it.each([1, 2, 3, 4])('is in before it, %i times in a row, and counts', async times => {
    await using world = await open(times);
    const { session_id } = await world.other.sessions.append({ ...LIMITS, messages: turns(7) });
    const parts = { ...world.parts, upkeep: upkeepOf(world.parts) };
    const reply = await appendMessages(parts, { session_id, messages: turns(12, 100) }, world.other.call());
    expect(reply.context.tokens).toBeLessThanOrEqual(reply.context.usable);
    const said = await world.numbersSaid(session_id);
    const between = Math.min(times, 3);
    const meanwhile = Array.from({ length: between }, () => 50);
    expect(said).toEqual([...numbers(1, 7), ...meanwhile, ...numbers(100, 12)]);
    expect(world.thoughts()).toBeGreaterThan(between);
    expect((await world.other.verify({ deep: true })).findings).toEqual([]);
  });

  it.each([1, 4])('is in before what context_compact covers, %i times', async times => {
    await using world = await open(times);
    const { session_id } = await world.other.sessions.append({ messages: turns(20) });
    const done = await compact(world.parts, { session_id, summary: 'Counted.' }, world.other.call());
    const between = Math.min(times, 3);
    expect(done.covers).toBe(`1-${15 + between}`);
    expect(await world.numbersSaid(session_id)).toHaveLength(20 + between);
    expect((await world.other.verify({ deep: true })).findings).toEqual([]);
  });
});

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

function canWrite(connection: BetterSqlite3.Database): boolean {
  try {
    connection.exec('begin immediate; rollback');
    return true;
  } catch {
    return false;
  }
}

/** A window whose store lets another one append each time that a summary was thought of, so many times. */
async function open(times: number) {
  const db = databasePath();
  const other: Engine = openFixed(db);
  const store = storeFor(db);
  const sources = fixedSources();
  sources.forward(1000);
  let thoughts = 0;
  let told = 0;
  let left = times;
  const newId = (prefix: string) => {
    if (prefix === 'sum') thoughts += 1;
    return `${prefix}_${sources.newId('f').slice(-31).padStart(32, 'f')}`;
  };
  const hooked: Store = {
    ...store,
    read: async (namespace, fn) => {
      const result = await store.read(namespace, fn);
      if (thoughts > told && left-- > 0) {
        const [session] = await other.sessions.list({ limit: 1 });
        await other.sessions.append({
          session_id: session?.id,
          messages: [{ role: 'user', content: 'Turn 50.' }],
        });
      }
      told = thoughts;
      return result;
    },
  };
  const options = resolveOptions({ db: databaseFor(db), embedder: 'none' });
  return {
    other,
    parts: { store: hooked, sources: { ...sources, newId }, options, model: undefined },
    thoughts: () => thoughts,
    numbersSaid: async (id: string) => {
      const { text } = await other.sessions.read({ id });
      return [...text.matchAll(/^Turn (\d+)\./gm)].map(([, number]) => Number(number));
    },
    [Symbol.asyncDispose]: async () => {
      await other.close();
      await store.close();
    },
  };
}

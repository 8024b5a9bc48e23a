import { expect } from 'vitest';
import { type Context, type Engine, EngineError } from '../../src/engine.js';
import type { Message } from '../../src/schema/message.js';
import { openMessage } from '../../src/session/body.js';
import { messageText } from '../../src/session/render.js';
import { visibleMessages } from '../../src/store/messages.js';
import { storeFor } from '../support/engines.js';

const BELOW = 'word for word: ---\n\n';

/** What the rows of a session hold, read past the library. */
export async function storedMessages(db: string, sessionId: string): Promise<Message[]> {
  const store = storeFor(db);
  try {
    return await store.read('default', async reader =>
      (await visibleMessages(reader, sessionId, { after: 0, limit: 100_000 })).map(openMessage),
    );
  } finally {
    await store.close();
  }
}

/** The context of a session; undefined when what must be shown is too large for it. */
export async function built(engine: Engine, session_id: string): Promise<Context | undefined> {
  try {
    return await engine.context.build({ session_id });
  } catch (error) {
    if (error instanceof EngineError && error.code === 'too_large') return undefined;
    throw error;
  }
}

/**
 * Fails unless every message is shown or under exactly one summary of the frontier, and each summary gives back exactly
 * the messages it covers. Returns what each gave back, by its URI, and the numbers of the messages under one.
 */
export async function checkCoverage(
  engine: Engine,
  context: Context | undefined,
  messages: readonly Message[],
): Promise<{ readonly below: ReadonlyMap<string, string>; readonly numbers: readonly number[] }> {
  const below = new Map<string, string>();
  const numbers: number[] = [];
  for (const uri of context?.report.frontier?.uris ?? []) {
    const { text, meta } = await engine.sessions.readSummary({ id: uri });
    const under = runs(String(meta.covers)).flatMap(([first, last]) =>
      messages.filter(({ sequence }) => first <= sequence && sequence <= last),
    );
    expect(under).toHaveLength(Number(meta.messages));
    expect(under.every(({ role }) => role !== 'system')).toBe(true);
    const given = text.slice(text.lastIndexOf(BELOW) + BELOW.length);
    expect(given).toBe(under.map(messageText).join('\n\n'));
    below.set(uri, given);
    numbers.push(...under.map(({ sequence }) => sequence));
  }
  expect(new Set(numbers).size).toBe(numbers.length);
  if (context) checkFates(context, messages);
  return { below, numbers };
}

function checkFates({ fates, messages: shown }: Context, messages: readonly Message[]): void {
  expect(fates.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
  expect(fates.filter(({ fate, reason }) => fate === 'dropped' && reason !== 'no_call')).toEqual([]);
  const present = fates.filter(({ fate }) => fate === 'included' || fate === 'pruned').map(({ id }) => id);
  expect(shown.flatMap(({ id }) => id ?? [])).toEqual(present);
}

const runs = (covers: string): (readonly [first: number, last: number])[] =>
  covers.split(', ').map(run => {
    const [first = 0, last = 0] = run.split('-').map(Number);
    return [first, last];
  });

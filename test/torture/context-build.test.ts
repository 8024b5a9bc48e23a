import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Built, build, STRATEGIES } from '../../src/context/build.js';
import { measureBy } from '../../src/context/measure.js';
import { type ShapedMessage, shaped } from '../../src/context/shape.js';
import type { GivenMessage, Message } from '../../src/schema/message.js';
import { messageCounter } from '../../src/session/count.js';
import { isUser } from '../../src/session/own-words.js';
import { counter, measure, options, outcome, PRUNE, sized, toolCall, uncalled } from '../support/contexts.js';
import { conversation, counted } from '../support/conversations.js';
import { seedOfRun } from '../support/mintmark.js';
import { tokensOf } from '../support/tokens.js';

const margin = await messageCounter({ encoding: 'o200k_base', factor: 1.35 });
const seed = seedOfRun();
const numRuns = 150;

const encoder = get_encoding('o200k_base');
/** Counted apart from the code under test: every text in what is shown, and three tokens for each message. */
const independent = (messages: readonly Message[]): number =>
  messages.flatMap(({ parts }) => [3, ...parts.flatMap(strings)]).reduce((sum, tokens) => sum + tokens, 0);
const strings = (part: object): number[] =>
  Object.entries(part)
    .filter(([name]) => name !== 'type')
    .map(
      ([, value]) =>
        encoder.encode_ordinary(typeof value === 'string' ? value : JSON.stringify(value)).length,
    );

/** Ids that are answered before they were called, in OpenAI's or Anthropic's shape. */
function answersWithoutCall(messages: readonly ShapedMessage[]): string[] {
  const called = new Set<string>();
  const found: string[] = [];
  for (const line of JSON.stringify(messages).matchAll(
    /"(tool_call_id|tool_use_id)":"([^"]*)"|"id":"([^"]*)"/g,
  )) {
    const [, answers, answered = '', calls = ''] = line;
    if (!answers) called.add(calls);
    else if (!called.has(answered)) found.push(answered);
  }
  return found;
}

const OpenAI = z.looseObject({
  role: z.string(),
  tool_calls: z.array(z.looseObject({ id: z.string() })).optional(),
  tool_call_id: z.string().optional(),
});

/** Ids called in OpenAI's shape that the messages directly after do not answer, though someone else speaks later. */
function callsWithoutAnswer(shown: readonly ShapedMessage[]): string[] {
  const messages = z.array(OpenAI).parse(shown);
  const spoken = messages.findLastIndex(({ role }) => role === 'user' || role === 'system');
  return messages.slice(0, Math.max(spoken, 0)).flatMap(({ tool_calls = [] }, at) => {
    const after = messages.slice(at + 1);
    const end = after.findIndex(({ role }) => role !== 'tool');
    const answers = after.slice(0, end < 0 ? undefined : end).map(({ tool_call_id }) => tool_call_id);
    return tool_calls.map(({ id }) => id).filter(id => !answers.includes(id));
  });
}

const sessions = conversation();
const budgets = fc.integer({ min: 20, max: 3000 });
const prunings = fc.constantFrom(PRUNE, { protect: 100, minimum: 50 });

describe.each(STRATEGIES)('a context built by %s', strategy => {
  it('never exceeds its budget, by its own count and by tiktoken', async () => {
    const property = fc.asyncProperty(sessions, budgets, prunings, async (given, budget, prune) => {
      const built = await outcome(sized(given), options(strategy, budget, { prune }));
      if (built === 'too_large') return;
      expect(built.total_tokens).toBeLessThanOrEqual(budget);
      const recounted = built.messages.reduce((sum, message) => sum + counter.count(message), 0);
      expect(built.total_tokens).toBe(recounted);
      expect(independent(built.messages)).toBeLessThanOrEqual(budget);
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('fits in every shape, for models with another tokenizer too, and begins with the user there', async () => {
    const property = fc.asyncProperty(sessions, budgets, async (given, budget) => {
      const built = await outcome(counted(given, margin.count), options(strategy, budget), measureBy(margin));
      if (built === 'too_large') return;
      expect(built.total_tokens).toBeLessThanOrEqual(budget);
      const openai = shaped(built.messages, 'openai').messages;
      const anthropic = shaped(built.messages, 'anthropic');
      expect(tokensOf(openai) * 1.35).toBeLessThanOrEqual(budget);
      expect(tokensOf(anthropic) * 1.35).toBeLessThanOrEqual(budget);
      expect(openai.find(({ role }) => role !== 'system')?.role ?? 'user').toBe('user');
      expect(anthropic.messages[0]?.role ?? 'user').toBe('user');
      expect(answersWithoutCall(openai)).toEqual([]);
      expect(callsWithoutAnswer(openai)).toEqual([]);
      expect(answersWithoutCall(anthropic.messages)).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('holds system messages and the newest user message whole, or says that they are too large', async () => {
    const property = fc.asyncProperty(sessions, budgets, async (given, budget) => {
      const messages = sized(given);
      const must = messages.filter(
        message => message.role === 'system' || message === messages.findLast(isUser),
      );
      const built = await outcome(messages, options(strategy, budget));
      if (built === 'too_large') return;
      for (const { id, parts } of must) {
        const shown = built.messages.find(message => message.id === id);
        const words = parts.filter(part => part.type !== 'tool_result');
        expect(shown?.parts.filter(part => part.type !== 'tool_result')).toEqual(words);
      }
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('shows no tool result without its call before it, and lets the user speak first', async () => {
    const property = fc.asyncProperty(sessions, budgets, async (given, budget) => {
      const built = await outcome(sized(given), options(strategy, budget));
      if (built === 'too_large') return;
      expect(uncalled(built.messages)).toEqual([]);
      expect(built.messages.find(message => message.role !== 'system')?.role ?? 'user').toBe('user');
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('is the same bytes for the same input, and alters nothing it was given', async () => {
    const property = fc.asyncProperty(sessions, budgets, async (given, budget) => {
      const messages = sized(given);
      const before = JSON.stringify(messages);
      const first = await outcome(messages, options(strategy, budget));
      expect(JSON.stringify(await outcome(sized(given), options(strategy, budget)))).toBe(
        JSON.stringify(first),
      );
      expect(JSON.stringify(messages)).toBe(before);
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('accounts for every message exactly once', async () => {
    const property = fc.asyncProperty(sessions, budgets, async (given, budget) => {
      const messages = sized(given);
      const built = await outcome(messages, options(strategy, budget));
      if (built === 'too_large') return;
      expect(built.fates.map(fate => fate.id)).toEqual(messages.map(message => message.id));
      const shown = built.fates.filter(({ fate }) => fate === 'included' || fate === 'pruned');
      const real = built.messages.filter(message => message.sequence > 0);
      expect(shown.map(fate => fate.id)).toEqual(real.map(message => message.id));
      const summarised = built.fates.filter(({ fate }) => fate === 'summarised');
      expect(summarised).toHaveLength(built.summary?.messages ?? 0);
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('refuses only what cannot be shown', async () => {
    const property = fc.asyncProperty(sessions, async given => {
      const total = sized(given).reduce((sum, { tokens }) => sum + tokens, 40);
      const built = await outcome(sized(given), options(strategy, total));
      expect(built === 'too_large' ? built : built.strategy_used).toBe('none');
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('holds one user message followed by 500 tool calls, at any budget that holds the user', async () => {
    const given: GivenMessage[] = [{ role: 'user', content: 'Fix every test.' }];
    for (let at = 0; at < 500; at += 1) given.push(...toolCall(`call_${at}`, 'ok '.repeat(at % 90)));
    const messages = sized(given);
    for (const budget of [9, 20, 60, 400, 5_000, 20_000]) {
      const built = await build(messages, options(strategy, budget), measure);
      expect(built.total_tokens).toBeLessThanOrEqual(budget);
      expect(built.messages).toContainEqual(messages[0]);
    }
  });
});

describe('lossless', () => {
  it('loses nothing but results that nobody called', async () => {
    const property = fc.asyncProperty(sessions, budgets, async (given, budget) => {
      const built = await outcome(sized(given), options('lossless', budget));
      if (built === 'too_large') return;
      const dropped = built.fates.filter(({ fate }) => fate === 'dropped');
      expect(dropped.filter(({ reason }) => reason !== 'no_call')).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('keeps what it showed as messages come, until the next step', async () => {
    const tight = fc.integer({ min: 150, max: 900 });
    let kept = 0;
    const property = fc.asyncProperty(conversation(30), tight, prunings, async (given, budget, prune) => {
      const messages = sized(given);
      let before: Built | 'too_large' | undefined;
      for (let length = 1; length <= messages.length; length += 1) {
        const built = await outcome(messages.slice(0, length), options('lossless', budget, { prune }));
        if (before && before !== 'too_large' && built !== 'too_large' && built.steps === before.steps) {
          expect(built.messages.slice(0, before.messages.length)).toEqual(before.messages);
          kept += 1;
        }
        before = built;
      }
    });
    await fc.assert(property, { seed, numRuns: 60 });
    expect(kept).toBeGreaterThan(100);
  });

  it('shows a summarised call again when its result comes late, as a step of its own', async () => {
    const chat = Array.from(
      { length: 60 },
      (_, at): GivenMessage => ({
        role: at % 2 === 0 ? 'user' : 'assistant',
        content: `Turn ${at}: ${'some words '.repeat(10)}`,
      }),
    );
    const [asking, answer] = toolCall('slow', 'It took its time.');
    const messages = sized([{ role: 'user', content: 'Start it.' }, asking, ...chat, answer]);
    const before = await build(messages.slice(0, -1), options('lossless', 900), measure);
    expect(before.fates[1]?.fate).toBe('summarised');
    const after = await build(messages, options('lossless', 900), measure);
    expect(after.fates[1]?.fate).toBe('included');
    expect(after.messages.at(-1)?.id).toBe('m63');
    expect(after.steps).toBe(before.steps + 1);
  });

  it('changes its prefix seldom: 1,000 turns through a small window', async () => {
    const given = Array.from(
      { length: 1000 },
      (_, at): GivenMessage => ({
        role: at % 2 === 0 ? 'user' : 'assistant',
        content: `Turn ${at}: ${'some words '.repeat(at % 20)}`,
      }),
    );
    const { steps } = await build(sized(given), options('lossless', 2000), measure);
    expect(steps).toBeGreaterThan(10);
    expect(steps).toBeLessThan(60);
  });
});

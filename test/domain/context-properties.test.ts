import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STRATEGIES } from '../../src/context/build.js';
import { isUser } from '../../src/session/own-words.js';
import { options, outcome, sized, uncalled } from '../support/contexts.js';
import { conversation } from '../support/conversations.js';
import { seedOfRun } from '../support/mintmark.js';
import { tokensOf } from '../support/tokens.js';

const seed = seedOfRun();
const budgets = fc.integer({ min: 20, max: 1500 });

/** The long run, with more rules, is test/torture/context-build.test.ts. */
describe.each(STRATEGIES)('whatever the conversation, %s', strategy => {
  it('fits, holds what it must, parts no call from its result and is the same bytes again', async () => {
    let whole = 0;
    const property = fc.asyncProperty(conversation(20), budgets, async (given, budget) => {
      const messages = sized(given);
      const built = await outcome(messages, options(strategy, budget));
      expect(JSON.stringify(await outcome(sized(given), options(strategy, budget)))).toBe(
        JSON.stringify(built),
      );
      if (built === 'too_large') return;
      whole += 1;
      expect(built.total_tokens).toBeLessThanOrEqual(budget);
      expect(tokensOf(built.messages.map(({ parts }) => parts))).toBeLessThanOrEqual(budget);
      const newest = messages.findLast(isUser);
      const shown = new Set(built.messages.map(({ id }) => id));
      for (const message of messages)
        if (message.role === 'system' || message === newest) expect(shown).toContain(message.id);
      expect(uncalled(built.messages)).toEqual([]);
      expect(built.fates.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    });
    await fc.assert(property, { seed, numRuns: 25 });
    expect(whole).toBeGreaterThan(3);
  });
});

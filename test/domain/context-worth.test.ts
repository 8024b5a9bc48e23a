import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { survey, taskOf } from '../../src/context/survey.js';
import { isWorthSurveying } from '../../src/context/worth.js';
import type { Engine } from '../../src/engine.js';
import type { GivenMessage } from '../../src/schema/message.js';
import { openFixed } from '../store/everything.js';
import { conversation } from '../support/conversations.js';
import { storeFor } from '../support/engines.js';
import { seedOfRun } from '../support/mintmark.js';
import { databasePath } from '../support/remember.js';

const LIMITS = { context_limit: 1500, max_output: 200 };
const seed = seedOfRun();
const words = (count: number) => 'some words '.repeat(count / 2);
const longAnswers: GivenMessage[] = Array.from({ length: 9 }, () => ({
  role: 'assistant',
  content: words(90),
}));
/** SQLite keeps no NUL, so that appending one is refused. */
const storable = conversation(8).filter(messages => !JSON.stringify(messages).includes('\\u0000'));

it(`is never said not to be worth it where there is a task (MINTMARK_SEED=${seed})`, async () => {
  await using world = open();
  let tasks = 0;
  const property = fc.asyncProperty(fc.array(storable, { minLength: 3, maxLength: 8 }), async calls => {
    const { session_id } = await world.engine.sessions.append({ ...LIMITS, messages: [] });
    for (const messages of calls) {
      await world.engine.sessions.append({ session_id, messages });
      const { task, worth } = await world.look(session_id);
      if (task) expect(worth).toBe(true);
      tasks += task ? 1 : 0;
    }
  });
  // The first has a task for sure, so that the property always says something.
  const examples: [GivenMessage[][]][] = [[[longAnswers]]];
  await fc.assert(property, { seed, numRuns: 8, endOnFailure: true, examples });
  expect(tasks).toBeGreaterThan(0);
});

it.each<[string, GivenMessage[], boolean]>([
  [
    'a long system message',
    [
      { role: 'system', content: words(800) },
      { role: 'user', content: 'Go.' },
    ],
    false,
  ],
  [
    'a long last question',
    [
      { role: 'user', content: words(800) },
      { role: 'assistant', content: 'So.' },
    ],
    false,
  ],
  ['long last answers', Array.from({ length: 4 }, () => ({ role: 'assistant', content: words(200) })), false],
  ['long answers', longAnswers, true],
])(
  'tells of a session above the threshold for %s whether there is something to gain',
  async (_, messages, gain) => {
    await using world = open();
    const { session_id, context } = await world.engine.sessions.append({ ...LIMITS, messages });
    expect(context.share).toBeGreaterThan(0.6);
    const { task, worth } = await world.look(session_id);
    expect([task !== undefined, worth]).toEqual([gain, gain]);
  },
);

/** Sessions that are not tended, as the engine has a threshold of its own. */
function open() {
  const db = databasePath();
  const engine: Engine = openFixed(db, { softThreshold: 0.95 });
  const store = storeFor(db);
  const parts = { store, options: { ...resolveOptions({ db }), softThreshold: 0.6 } };
  return {
    engine,
    look: async (id: string) => {
      await engine.settled();
      const seen = await survey(parts, 'default', id);
      const task = seen && taskOf(seen, parts);
      return { task, worth: await isWorthSurveying(parts, 'default', id) };
    },
    [Symbol.asyncDispose]: async () => {
      await engine.close();
      await store.close();
    },
  };
}

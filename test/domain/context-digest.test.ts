import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { build } from '../../src/context/build.js';
import { costOf, digest, leastRoom } from '../../src/context/level3.js';
import { measureBy } from '../../src/context/measure.js';
import type { GivenMessage } from '../../src/schema/message.js';
import { messageCounter } from '../../src/session/count.js';
import { conversation, counted } from '../support/conversations.js';
import { seedOfRun } from '../support/mintmark.js';
import { runs } from '../support/sweep.js';

const counter = await messageCounter({ encoding: 'o200k_base', factor: 1 });
const measure = measureBy(counter);
const seed = seedOfRun();
const sized = (given: readonly GivenMessage[]) => counted(given, counter.count);

const worked: GivenMessage[] = [
  {
    role: 'user',
    content: 'Rename getUserById in src/users/read.ts.\nThen run the tests.',
    timestamp: '2026-01-01T00:00:00Z',
  },
  {
    role: 'assistant',
    parts: [{ type: 'tool_call', call_id: 'a', name: 'bash', arguments: { cmd: 'npm test' } }],
  },
  { role: 'tool', parts: [{ type: 'tool_result', call_id: 'a', output: 'see blob://blob_3' }] },
  { role: 'user', parts: [{ type: 'file_ref', uri: 'https://example.org/x.png', name: 'screen.png' }] },
  { role: 'user', content: 'Looks good.', timestamp: '2026-01-02T00:00:00Z' },
];

describe('the digest', () => {
  it('says what it covers, where it is kept, and keeps every reference, tool, name and instruction', () => {
    expect(
      digest(sized(worked), { room: 500, source: 'fetch session://ses_1' }, measure),
    ).toMatchInlineSnapshot(`
      "[Summary made without a model of 5 earlier messages (3 user, 1 assistant, 1 tool), m1 to m5, 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z. They are kept whole: fetch session://ses_1.]
      References:
      - blob://blob_3
      - https://example.org/x.png (screen.png)
      First asked:
      - Rename getUserById in src/users/read.ts. Then run the tests.
      Tools:
      - bash ×1
      Files and names:
      - getUserById
      - src/users/read.ts
      The user said:
      - Looks good."
    `);
  });

  it('keeps the task and what the user insisted on, whatever else was said since', () => {
    const talk = Array.from({ length: 80 }, (_, n): GivenMessage[] => [
      { role: 'user', content: `Go on with step ${n}, ${'please '.repeat(20)}` },
      { role: 'assistant', content: `I must say that step ${n} is done.` },
    ]).flat();
    talk[40] = {
      role: 'user',
      content:
        "I don't know why.\nNever touch the production database. 请不要修改接口。 Well, don't push to main!",
    };
    const text = digest(
      sized([{ role: 'user', content: 'Move billing to the queue.' }, ...talk]),
      { room: 300 },
      measure,
    );
    expect(text).toContain('First asked:\n- Move billing to the queue.');
    expect(text).toContain(
      "The user insisted:\n- Never touch the production database.\n- 请不要修改接口。\n- Well, don't push to main!\n",
    );
    expect(text).toContain('step 79');
  });

  it('always fits in its room and says the same each time', () => {
    const rooms = fc.integer({ min: leastRoom(measure), max: 1500 });
    const property = fc.property(conversation(), rooms, (given, room) => {
      const text = digest(sized(given), { room }, measure);
      expect(text).not.toBe('');
      expect(costOf(text, measure)).toBeLessThanOrEqual(room);
      expect(digest(sized(given), { room }, measure)).toBe(text);
    });
    fc.assert(property, { seed, numRuns: runs(200) });
  });

  it('fits when the ids are as long as ids may be, or the text has no spaces', () => {
    const given: GivenMessage[] = [{ id: '語'.repeat(200), role: 'user', content: 'x'.repeat(300_000) }];
    for (const room of [leastRoom(measure), 60, 400])
      expect(costOf(digest(sized(given), { room }, measure), measure)).toBeLessThanOrEqual(room);
  });
});

describe('summarize_oldest', () => {
  const turns = Array.from(
    { length: 60 },
    (_, at): GivenMessage => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      content: `Turn ${at} ${'some words '.repeat(10)}`,
    }),
  );
  const settings = {
    strategy: 'summarize_oldest',
    budget: 800,
    chunkSize: 4,
    prune: { protect: 40_000, minimum: 20_000 },
  } as const;

  it('covers whole chunks of the oldest, once, and shows one message for them', async () => {
    const built = await build(sized(turns), { ...settings, summarizer: () => 'They talked.' }, measure);
    expect(built.summary).toMatchObject({ level: 1, first: 'm1' });
    expect((built.summary?.messages ?? 1) % 4).toBe(0);
    expect(built.messages[0]?.parts).toEqual([{ type: 'text', text: 'They talked.' }]);
  });

  it('hands the summarizer the covered messages in order, and waits for it', async () => {
    let seen: readonly string[] = [];
    const summarizer = async (messages: readonly { readonly id: string }[]) => {
      await Promise.resolve();
      seen = messages.map(({ id }) => id);
      return 'Done.';
    };
    const { summary } = await build(sized(turns), { ...settings, summarizer }, measure);
    expect(seen).toHaveLength(summary?.messages ?? -1);
    expect(seen.slice(0, 2)).toEqual(['m1', 'm2']);
  });

  it.each([
    ['is empty', () => '  '],
    ['is longer than its room', () => 'more and more '.repeat(1000)],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['is refused', () => Promise.reject(new Error('down'))],
  ])('falls back to level 3 when the summary %s', async (_, summarizer: () => string | Promise<string>) => {
    const built = await build(sized(turns), { ...settings, summarizer }, measure);
    expect(built.summary?.level).toBe(3);
    expect(built.total_tokens).toBeLessThanOrEqual(settings.budget);
  });

  it('adds the references that a given summary left out', async () => {
    const given = [...worked, ...turns];
    const built = await build(sized(given), { ...settings, summarizer: () => 'They worked.' }, measure);
    expect(JSON.stringify(built.messages[0]?.parts)).toContain('blob://blob_3');
    expect(JSON.stringify(built.messages[0]?.parts)).toContain('https://example.org/x.png');
  });
});

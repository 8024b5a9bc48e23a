import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byRank, evict } from '../../src/run/evict.js';
import { type SlidingItem, WorkingSet } from '../../src/schema/working-set.js';
import { canonicalJson } from '../../src/text/hash.js';
import { tokenCounter } from '../../src/text/tokens.js';
import { runs } from '../support/sweep.js';
import { character } from '../support/unicode.js';

const count = await tokenCounter();
const nothing: ReadonlySet<string> = new Set();

const workingSet = (fields: Partial<WorkingSet> = {}): WorkingSet =>
  WorkingSet.parse({
    _schema_version: '2.1',
    _update_seq: 7,
    task_id: 't',
    thread_id: 't',
    run_id: 'run_1',
    objective: 'Ship it.',
    status: 'BUSY',
    acceptance_criteria: [],
    current_stage: 'build',
    next_action: '',
    constraints: [],
    artifact_refs: [],
    blockers: [],
    last_action_summary: '',
    pinned_context: [],
    sliding_context: [],
    ...fields,
  });

const item = (id: string, fields: Partial<SlidingItem> = {}): SlidingItem => ({
  id,
  content: 'something to remember for a while',
  timestamp: '2026-01-01T00:00:00Z',
  priority: 5,
  ...fields,
});

const sizeOf = (set: WorkingSet): number => count(canonicalJson(set));

/** What was kept and evicted; fails when nothing fits. */
function fitted(set: WorkingSet, budget: number) {
  const result = evict(set, { budget, count, incoming: nothing });
  if ('tooLarge' in result) throw new Error(`too large: ${result.tooLarge.tokens}`);
  return {
    ...result,
    kept: result.working_set.sliding_context.map(({ id }) => id),
    gone: result.evicted.map(({ id }) => id),
  };
}

describe('eviction', () => {
  it('leaves a set alone that fits exactly, and evicts for one token less', () => {
    const set = workingSet({ sliding_context: [item('b'), item('a', { priority: 1 })] });
    expect(fitted(set, sizeOf(set)).gone).toEqual([]);
    expect(fitted(set, sizeOf(set) - 1).gone).toEqual(['a']);
  });

  it('goes by priority, then by age as an instant, then by id', () => {
    const items = [
      item('new', { timestamp: '2026-01-02T00:00:00Z' }),
      item('old, written in another zone', { timestamp: '2026-01-02T00:30:00+01:00' }),
      item('b', { timestamp: '2026-01-01T00:00:00Z' }),
      item('a', { timestamp: '2026-01-01T00:00:00Z' }),
      item('urgent', { priority: 9, timestamp: '2020-01-01T00:00:00Z' }),
      item('idle', { priority: 0, timestamp: '2027-01-01T00:00:00Z' }),
    ];
    const order = ['idle', 'a', 'b', 'old, written in another zone', 'new', 'urgent'];
    expect(fitted(workingSet({ sliding_context: items }), sizeOf(workingSet())).gone).toEqual(order);
  });

  it('evicts a large important item never before a small unimportant one', () => {
    const large = item('large', { priority: 9, content: 'word '.repeat(100) });
    const small = item('small', { priority: 0, content: 'x' });
    const set = workingSet({ sliding_context: [large, small] });
    expect(fitted(set, sizeOf(set) - 1)).toMatchObject({ kept: ['large'], gone: ['small'] });
  });

  it('counts every other field first, so that a full window and a new next_action go together', () => {
    const items = Array.from({ length: 20 }, (_, n) => item(`i${n}`));
    const full = workingSet({ sliding_context: items });
    const next = workingSet({ sliding_context: items, next_action: 'Write the tests, all of them, today.' });
    const { gone, tokens } = fitted(next, sizeOf(full));
    expect(gone.length).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(sizeOf(full));
  });

  it('refuses when what cannot go is too large, with its tokens', () => {
    const set = workingSet({ constraints: ['never '.repeat(500)], sliding_context: [item('a')] });
    const result = evict(set, { budget: 300, count, incoming: nothing });
    expect(result).toEqual({ tooLarge: { tokens: sizeOf({ ...set, sliding_context: [] }) } });
  });

  it('refuses an incoming item that would not even fit alone, before anything goes', () => {
    const set = workingSet({ sliding_context: [item('a'), item('b', { content: 'word '.repeat(400) })] });
    const result = evict(set, { budget: 300, count, incoming: new Set(['b']) });
    expect(result).toMatchObject({ tooLarge: { item: 'b' } });
    expect(fitted(set, 300).gone).toEqual(['a', 'b']);
  });

  it('counts text without boundaries alike in an item and in the whole', () => {
    const contents = ['a'.repeat(1000), '東'.repeat(500), '-'.repeat(700), ' '.repeat(900), '\n'.repeat(300)];
    const items = contents.map((content, n) => item(`${n}`, { content }));
    const set = workingSet({ sliding_context: items, next_action: 'b'.repeat(800) });
    expect(fitted(set, 100_000).tokens).toBe(sizeOf(set));
  });

  it('estimates what is far too large instead of counting it for minutes', () => {
    const set = workingSet({ blockers: Array.from({ length: 200 }, () => 'é東'.repeat(4000)) });
    expect(evict(set, { budget: 2000, count, incoming: nothing })).toHaveProperty('tooLarge');
  });
});

const text = fc.oneof(
  fc.string({ maxLength: 60, unit: character }).filter(value => value.isWellFormed()),
  fc.constantFrom(
    '',
    '"',
    '","timestamp":"',
    '12',
    '東京',
    'plain words in a row',
    '\\',
    '{"a":"b"},{"',
    "it's",
    '\n',
  ),
);
const sliding = fc.uniqueArray(
  fc.record({
    id: text.filter(id => id !== ''),
    content: text,
    timestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '2026-03-01T00:00:00.5Z'),
    priority: fc.integer({ min: 0, max: 9 }),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);
const pinned = fc.uniqueArray(fc.record({ id: text.filter(id => id !== ''), content: text }), {
  selector: ({ id }) => id,
  maxLength: 10,
});
const sets = fc
  .record({ sliding_context: sliding, pinned_context: pinned, next_action: text, blockers: fc.array(text) })
  .map(workingSet);

describe('eviction of any set', () => {
  const program = (work: (set: WorkingSet, budget: number) => void) =>
    fc.assert(
      fc.property(sets, fc.integer({ min: 0, max: 600 }), (set, extra) => {
        work(set, sizeOf({ ...set, sliding_context: [] }) + extra);
      }),
      { numRuns: runs(300) },
    );

  it('never exceeds the budget, and its sum of parts is the count of the whole text', () => {
    program((set, budget) => {
      const { working_set, tokens } = fitted(set, budget);
      expect(tokens).toBe(sizeOf(working_set));
      expect(tokens).toBeLessThanOrEqual(budget);
    });
  });

  it('stops as soon as the set fits: one item more would not', () => {
    program((set, budget) => {
      const { working_set, evicted } = fitted(set, budget);
      const back = evicted.at(-1);
      if (!back) return;
      expect(
        sizeOf({ ...working_set, sliding_context: [...working_set.sliding_context, back] }),
      ).toBeGreaterThan(budget);
    });
  });

  it('keeps everything that is not sliding, and loses no item unseen', () => {
    program((set, budget) => {
      const { working_set, evicted } = fitted(set, budget);
      const { sliding_context: kept, ...rest } = working_set;
      const { sliding_context: all, ...before } = set;
      expect(rest).toEqual(before);
      expect(byRank([...kept, ...evicted])).toEqual(byRank(all));
    });
  });

  it('lets no item of a lower priority outlive one of a higher', () => {
    program((set, budget) => {
      const { working_set, evicted } = fitted(set, budget);
      const lowest = Math.min(...working_set.sliding_context.map(({ priority }) => priority));
      for (const gone of evicted) expect(gone.priority).toBeLessThanOrEqual(lowest);
    });
  });

  it('is the same whatever order the items came in', () => {
    const shuffled = sets.chain(set =>
      fc.tuple(
        fc.constant(set),
        fc.shuffledSubarray(set.sliding_context, { minLength: set.sliding_context.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 0, max: 600 }), ([set, permuted], extra) => {
        const budget = sizeOf({ ...set, sliding_context: [] }) + extra;
        expect(fitted({ ...set, sliding_context: permuted }, budget)).toEqual(fitted(set, budget));
      }),
    );
  });
});

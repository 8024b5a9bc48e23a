import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeChanges, differing } from '../../src/checkpoint/changes.js';
import { type Change, type Content, merge, NOTHING } from '../../src/checkpoint/merge.js';

const decided = (...decisions: NonNullable<Change['decisions']>): Content => merge(NOTHING, { decisions });
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

describe('merging decisions', () => {
  it('gives new ones the next id, and one named by the caller its own', () => {
    const content = decided({ statement: 'a' }, { id: 'D-007', statement: 'b' }, { statement: 'c' });
    expect(ids(content.decisions)).toEqual(['D-008', 'D-007', 'D-009']);
  });

  it('never gives an id that one has, however odd', () => {
    const base = decided({ id: 'D-999999999', statement: 'a' }, { statement: 'b' });
    const next = merge(base, { decisions: [{ statement: 'c' }] });
    expect(ids(next.decisions)).toEqual(['D-999999999', 'D-1000000000', 'D-1000000001']);
  });

  it('matches by id, else by text without case, space and closing punctuation', () => {
    const base = decided({ statement: 'Use SQLite.', rationale: 'One file.' }, { statement: 'Ship.' });
    const next = merge(base, {
      decisions: [{ statement: ' use  sqlite ' }, { id: 'D-002', statement: 'Ship weekly.' }],
    });
    expect(next.decisions).toEqual([
      { id: 'D-001', statement: ' use  sqlite ', rationale: 'One file.', confidence: 0.8 },
      { id: 'D-002', statement: 'Ship weekly.', rationale: '', confidence: 0.8 },
    ]);
  });

  it('does not match a text that the same call rewords', () => {
    const base = decided({ statement: 'x' });
    const next = merge(base, { decisions: [{ statement: 'x' }, { id: 'D-001', statement: 'y' }] });
    expect(next.decisions).toMatchObject([
      { id: 'D-001', statement: 'y' },
      { id: 'D-002', statement: 'x' },
    ]);
  });

  it('keeps the ids of retracted ones taken, and takes one back that is given by id', () => {
    const gone = merge(decided({ statement: 'x' }), { retracted_decisions: ['D-001'] });
    expect(gone).toMatchObject({ decisions: [], retracted_decisions: ['D-001'] });
    expect(ids(merge(gone, { decisions: [{ statement: 'x' }] }).decisions)).toEqual(['D-002']);
    const back = merge(gone, { decisions: [{ id: 'D-001', statement: 'x' }] });
    expect(back).toMatchObject({ decisions: [{ id: 'D-001' }], retracted_decisions: [] });
  });

  it('refuses what is both given and retracted, by id or by text', () => {
    const base = decided({ statement: 'x' });
    for (const one of [{ id: 'D-001', statement: 'y' }, { statement: 'X.' }])
      expect(() => merge(base, { decisions: [one], retracted_decisions: ['D-001'] })).toThrow(
        /D-001 is both given and retracted/,
      );
  });
});

describe('merging questions', () => {
  const asked = merge(NOTHING, { open_questions: [{ question: 'Why?', priority: 'high' }] });
  const answered = merge(asked, { resolved_questions: [{ id: 'Q-001', answer: 'Because.' }] });

  it('records an answer beside its question, and a better one over it', () => {
    expect(answered).toMatchObject({
      open_questions: [],
      resolved_questions: [{ id: 'Q-001', question: 'Why?', answer: 'Because.' }],
    });
    const better = merge(answered, { resolved_questions: [{ id: 'Q-001', answer: 'It is law.' }] });
    expect(better.resolved_questions).toEqual([{ id: 'Q-001', question: 'Why?', answer: 'It is law.' }]);
  });

  it('opens an answered question that is asked again, under its old id', () => {
    expect(merge(answered, { open_questions: [{ question: 'why' }] })).toMatchObject({
      open_questions: [{ id: 'Q-001', priority: 'medium' }],
      resolved_questions: [],
    });
  });

  it('closes one that is given and resolved in one call', () => {
    const change = {
      open_questions: [{ question: 'Why?' }],
      resolved_questions: [{ id: 'Q-001', answer: 'x' }],
    };
    expect(merge(asked, change)).toMatchObject({ open_questions: [], resolved_questions: [{ answer: 'x' }] });
  });

  it('chooses the same of two with one text when a call is repeated that closes one of them', () => {
    const base = merge(NOTHING, {
      open_questions: [
        { id: 'Q-003', question: 'b' },
        { id: 'Q-001', question: 'a' },
      ],
    });
    const change = {
      open_questions: [{ question: 'z' }, { id: 'Q-003', question: 'z' }, { id: 'Q-001', question: ' z' }],
      resolved_questions: [{ id: 'Q-003', answer: 'yes' }],
    };
    const once = merge(base, change);
    expect(once.open_questions).toMatchObject([{ id: 'Q-001', question: 'z' }]);
    expect(merge(once, change)).toEqual(once);
  });

  it('names the open ones when an id is unknown, or says that there are none', () => {
    const resolved_questions = [{ id: 'Q-9', answer: 'x' }];
    expect(() => merge(asked, { resolved_questions })).toThrow(
      /no question Q-9; its open questions are Q-001/,
    );
    expect(() => merge(NOTHING, { resolved_questions })).toThrow(/no question Q-9; it has no open questions/);
  });
});

describe('what changed', () => {
  it('is described list by list', () => {
    const before = merge(NOTHING, { subsystems: [{ name: 'ui' }], invariants: ['a'] });
    const after = merge(before, {
      subsystems: [{ name: 'ui', status: 'stable' }, { name: 'db' }],
      invariants: [],
    });
    expect(differing(before, after)).toEqual({
      subsystems: { added: ['db'], updated: ['ui'] },
      affordances: { removed: ['invariants'] },
    });
    expect(describeChanges(differing(before, before))).toBe('nothing but its evidence');
  });
});

const text = fc.stringMatching(/^[a-z ]{0,4}[a-z][.!]?$/);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const lines = maybe(fc.array(text, { maxLength: 3 }));
const unlike = { maxLength: 5, selector: ({ id }: { id?: string | undefined }) => id ?? Symbol() };
const idOf = (prefix: string) => maybe(fc.integer({ min: 1, max: 6 }).map(n => `${prefix}-00${n}`));

const change: fc.Arbitrary<Change> = fc.record({
  high_level: maybe(text),
  subsystems: fc.array(fc.record({ name: text, notes: maybe(text) }), { maxLength: 3 }),
  decisions: fc.uniqueArray(
    fc.record({
      id: idOf('D'),
      statement: text,
      rationale: maybe(text),
      confidence: maybe(fc.constant(0.5)),
    }),
    unlike,
  ),
  open_questions: fc.uniqueArray(fc.record({ id: idOf('Q'), question: text, blocked_on: lines }), unlike),
  recommended_entry_points: lines,
  avoid_repeating: lines,
  invariants: lines,
});

/** The same with names and texts that nothing else has, and no ids. */
const apart = (name: string) =>
  change.map(
    (one): Change => ({
      ...one,
      subsystems: one.subsystems?.map(subsystem => ({ ...subsystem, name: `${name} ${subsystem.name}` })),
      decisions: one.decisions?.map(({ id: _, ...rest }) => ({
        ...rest,
        statement: `${name} ${rest.statement}`,
      })),
      open_questions: one.open_questions?.map(({ id: _, ...rest }) => ({
        ...rest,
        question: `${name} ${rest.question}`,
      })),
    }),
  );

/** What two checkpoints one after the other say, said at once. */
const both = (first: Change, second: Change): Change => ({
  ...first,
  ...Object.fromEntries(Object.entries(second).filter(([, value]) => value !== undefined)),
  subsystems: [...(first.subsystems ?? []), ...(second.subsystems ?? [])],
  decisions: [...(first.decisions ?? []), ...(second.decisions ?? [])],
  open_questions: [...(first.open_questions ?? []), ...(second.open_questions ?? [])],
});

/** Closes or gives up a share of what there is, so that merging has all its cases. */
const closing = (base: Content, every: number): Change => ({
  resolved_questions: base.open_questions
    .filter((_, index) => index % every === 0)
    .map(({ id }) => ({ id, answer: 'yes' })),
  retracted_decisions: ids(base.decisions).filter((_, index) => index % every === 1),
});

describe('merge', () => {
  const grown = fc.tuple(change, fc.integer({ min: 1, max: 3 }), change).map(([one, every, other]) => {
    const base = merge(NOTHING, one);
    return merge(merge(base, closing(base, every)), other);
  });

  it('is idempotent for equal evidence', () => {
    fc.assert(
      fc.property(grown, change, fc.integer({ min: 1, max: 3 }), (base, said, every) => {
        const resolved = closing(base, every).resolved_questions;
        const all = { ...said, resolved_questions: resolved };
        const once = merge(base, all);
        expect(merge(once, all)).toEqual(once);
        const gone = closing(once, every);
        expect(merge(merge(once, gone), gone)).toEqual(merge(once, gone));
      }),
    );
  });

  it('is associative for disjoint evidence: checkpoints in turn, or at once', () => {
    fc.assert(
      fc.property(grown, apart('one'), apart('two'), apart('three'), (base, a, b, c) => {
        const inTurn = merge(merge(merge(base, a), b), c);
        expect(merge(merge(base, both(a, b)), c)).toEqual(inTurn);
        expect(merge(merge(base, a), both(b, c))).toEqual(inTurn);
        expect(merge(base, both(both(a, b), c))).toEqual(inTurn);
      }),
    );
  });

  it('never loses an id, uses one twice or changes its argument', () => {
    fc.assert(
      fc.property(grown, change, (base, said) => {
        const before = structuredClone(base);
        const next = merge(base, said);
        expect(base).toEqual(before);
        const known = ({ decisions, open_questions, resolved_questions, retracted_decisions }: Content) => [
          ...ids(decisions),
          ...retracted_decisions,
          ...ids(open_questions),
          ...ids(resolved_questions),
        ];
        expect(new Set(known(next)).size).toBe(known(next).length);
        expect(known(next)).toEqual(expect.arrayContaining(known(base)));
      }),
    );
  });
});

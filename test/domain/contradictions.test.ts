import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claims, difference, overlap, termSet } from '../../src/memory/compare.js';
import { subjects } from '../../src/memory/subjects.js';
import { analyse } from '../../src/text/analyse.js';
import { character } from '../support/unicode.js';

/** The default of `contradiction_overlap`. */
const ENOUGH = 0.6;
const terms = (text: string) => termSet(analyse(text));
const contradicts = (left: string, right: string) =>
  overlap(terms(left), terms(right)).agreement >= ENOUGH &&
  difference(claims(left), claims(right)) !== undefined;

const [against = [], unseen = [], apart = [], mistaken = []] = readFileSync(
  new URL('contradictions.txt', import.meta.url),
  'utf8',
)
  .split(/^# .*\n/mu)
  .slice(1)
  .map(section => section.split('\n').filter(line => line !== ''));

const flagged = (lines: readonly string[]) =>
  lines.filter(line => {
    const [left = '', right = ''] = line.split(' | ');
    expect(contradicts(right, left)).toBe(contradicts(left, right));
    return contradicts(left, right);
  });

describe('of pairs written by hand', () => {
  it('those that differ in a value are seen to contradict each other', () => {
    expect(against.length).toBeGreaterThan(80);
    expect(flagged(against)).toEqual(against);
  });

  it('those about two tickets, files, steps or days are not', () => {
    expect(apart.length).toBeGreaterThan(80);
    expect(flagged(apart)).toEqual([]);
  });

  it('those judged wrongly are known', () => {
    expect(flagged([...unseen, ...mistaken])).toEqual(mistaken);
    expect(unseen.length + mistaken.length).toBeLessThan(18);
  });
});

describe('what a statement is about', () => {
  it.each([
    ['Fixed #12 in the parser.', ['#12']],
    ['Closed issue 88 on 3 May.', ['88', '3 may']],
    ['`parseLine` throws.', ['parseline']],
    ['The test file a/b_2.spec.ts is flaky.', ['a/b_2.spec.ts']],
    ['1. Install the tools.', ['1']],
    ['The active ticket is ATL-123.', []],
    ['Login depends on #12.', []],
    ['We encrypt tokens with AES-128.', []],
    ['The API server listens on port 8080.', []],
    ['Switched CI to Node 20.', []],
    ['PostgreSQL holds the ledger.', []],
    ['', []],
  ])('is told of %j', (statement, expected) => {
    expect([...subjects(statement)]).toEqual(expected);
  });

  it('is looked for in any string, however long', () => {
    fc.assert(fc.property(fc.string({ unit: character, size: 'large' }), text => void subjects(text)));
    for (const piece of ['file ', 'a/', 'A-1-', '#1', '`', 'a.b.', 'A_', 'Fixed issue 1 on ', '0a1b'])
      expect(subjects(piece.repeat(8_000 / piece.length)).size).toBeLessThan(8_000);
  });
});

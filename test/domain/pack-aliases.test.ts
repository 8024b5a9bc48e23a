import { describe, expect, it } from 'vitest';
import { aliasTable, idsIn, idsOf } from '../../src/pack/aliases.js';
import { duplicateName, nameProblem } from '../../src/pack/names.js';

const id = (prefix: string, digit: string): string => `${prefix}_${digit.repeat(32)}`;

describe('the ids in a text', () => {
  it('are found in URIs, JSON, owners and sentences', () => {
    const text = `run://${id('run', '1')}/ledger "${id('mem', '2')}" ${id('med', '3')}/v/1, event:run:${id('run', '4')}:7`;
    expect([...idsIn(text)]).toEqual([id('run', '1'), id('mem', '2'), id('med', '3'), id('run', '4')]);
  });

  it.each([
    ['too short', `run_${'1'.repeat(31)}`],
    ['too long', `run_${'1'.repeat(33)}`],
    ['of another kind', id('xyz', '1')],
    ['part of a word', `prerun_${'1'.repeat(32)}`],
    ['in capitals', `run_${'A'.repeat(32)}`],
  ])('are none when %s', (_name, text) => {
    expect([...idsIn(text)]).toEqual([]);
  });

  it('are found in keys and values at any depth, sorted and once', () => {
    const values = [{ [id('mem', '2')]: [{ deep: id('epi', '1') }] }, id('mem', '2')];
    expect(idsOf(values)).toEqual([id('epi', '1'), id('mem', '2')]);
  });
});

describe('the table of aliases', () => {
  it('maps every id: what became something here to that, the rest to ids of the same kind', () => {
    let count = 0;
    const known = new Map([[id('run', '1'), id('run', 'b')]]);
    const table = aliasTable([id('run', '1'), id('mem', '2')], known, prefix => `${prefix}_new${++count}`);
    expect([...table]).toEqual([
      [id('run', '1'), id('run', 'b')],
      [id('mem', '2'), 'mem_new1'],
    ]);
  });

  it('holds what is known even if it occurs nowhere', () => {
    expect(aliasTable([], new Map([['med-1', 'med_2']]), () => '').get('med-1')).toBe('med_2');
  });
});

describe('a name in a pack', () => {
  it.each(['manifest.json', 'ledger/0.jsonl', 'a b/ä.json', '..a', 'a..', '.hidden'])('may be %s', name => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    '',
    '/a',
    'a//b',
    'a/./b',
    '../a',
    'a/..',
    'a\\b',
    'c:a',
    'a\0',
    'a\u0085',
    'e\u0301',
    'a/',
    '\ud800',
  ])('may not be %j', name => {
    expect(nameProblem(name)).toBeDefined();
  });

  it.each([
    [['a', 'A'], 'A'],
    [['straße', 'STRASSE'], 'STRASSE'],
    [['a', 'b'], undefined],
  ])('of %j is there twice: %s', (names, twice) => {
    expect(duplicateName(names)).toBe(twice);
  });
});

import { describe, expect, it } from 'vitest';
import { subjectTerms } from '../../src/search/match.js';
import { expression } from '../../src/store/sqlite/match.js';

const COLUMNS = '{own context}';

describe('subjectTerms', () => {
  it('leaves out the words that say nothing', () => {
    expect(subjectTerms('what is the port')).toEqual(['port']);
  });

  it('keeps them when there are no others', () => {
    expect(subjectTerms('what is the')).not.toEqual([]);
  });

  it.each(['', '   ', '!?*"'])('finds none in %j', query => {
    expect(subjectTerms(query)).toEqual([]);
  });
});

describe('the FTS5 expression', () => {
  it('asks for any of the terms, in the text only', () => {
    const match = expression({ need: 'any', terms: ['a1', 'b1'], deferred: [], scopes: [] }, COLUMNS);
    expect(match).toBe('({own context} : ("a1" OR "b1"))');
  });

  it('lets common terms score without selecting, and scopes select', () => {
    const match = expression({ need: 'any', terms: ['a1'], deferred: ['b1'], scopes: ['n0'] }, COLUMNS);
    expect(match).toContain('"b1"');
    expect(match).toContain('OR (scope : ("n0"))');
    expect(match).toMatch(/AND \(scope : \("n0"\)\)$/);
    const anywhere = expression({ need: 'any', terms: ['a1'], deferred: ['b1'], scopes: [] }, COLUMNS);
    expect(anywhere).toMatch(/OR \(scope : \("every0"\)\)\)$/);
  });

  it('asks for all of the terms', () => {
    const match = expression({ need: 'all', terms: ['a1'], deferred: ['b1'], scopes: [] }, COLUMNS);
    expect(match).toBe('({own context} : "a1") AND ({own context} : "b1")');
  });

  it('cannot be left through a quote', () => {
    expect(expression({ need: 'any', terms: ['a" OR scope : "x'], deferred: [], scopes: [] }, COLUMNS)).toBe(
      '({own context} : ("a OR scope : x"))',
    );
  });
});

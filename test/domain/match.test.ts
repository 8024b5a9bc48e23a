import { describe, expect, it } from 'vitest';
import { matchAll, matchAny, subjectTerms } from '../../src/search/match.js';

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
    const match = matchAny({ terms: ['a1', 'b1'], deferred: [], scopes: [] }, COLUMNS);
    expect(match).toBe('({own context} : ("a1" OR "b1"))');
  });

  it('lets common terms score without selecting, and scopes select', () => {
    const match = matchAny({ terms: ['a1'], deferred: ['b1'], scopes: ['n0'] }, COLUMNS);
    expect(match).toContain('"b1"');
    expect(match).toContain('OR (scope : "every0")');
    expect(match).toMatch(/AND \(scope : \("n0"\)\)$/);
  });

  it('asks for all of the terms', () => {
    const match = matchAll({ terms: ['a1'], deferred: ['b1'], scopes: [] }, COLUMNS);
    expect(match).toBe('({own context} : "a1") AND ({own context} : "b1")');
  });

  it('cannot be left through a quote', () => {
    expect(matchAny({ terms: ['a" OR scope : "x'], deferred: [], scopes: [] }, COLUMNS)).toBe(
      '({own context} : ("a OR scope : x"))',
    );
  });
});

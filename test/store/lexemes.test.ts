import { describe, expect, it } from 'vitest';
import { isStart, lexemes, SHELF, tsquery } from '../../src/store/postgres/lexemes.js';

const words = (text: string, quarters = 4) => ({ text, quarters });

/** Lexemes without the beginning that says whose they are, with the labels of their positions. */
function labelsOf(terms: string): Record<string, string> {
  const found = [...terms.matchAll(/'((?:[^']|'')*)'(?::([\dA-D,]+))?/g)];
  return Object.fromEntries(
    found.map(([, word = '', places = '']) => [word.slice(SHELF), places.replaceAll(/[\d,]/g, '')]),
  );
}

const weigh = (labels: string): number =>
  [...labels].reduce((sum, label) => sum + ({ A: 1, B: 0.5, C: 0.25, D: 64 }[label] ?? 0), 0);

describe('the lexemes of a text', () => {
  it('are stems with how often they stand there, weighed by column', () => {
    const { terms, length } = lexemes(
      'a',
      [words('runs run home'), words('running', 2), words('home', 1)],
      '',
    );
    expect(labelsOf(terms)).toEqual({ run: 'AAB', home: 'AC' });
    expect(length).toBe(5);
  });

  it('count what stands there hundreds of times', () => {
    for (const times of [63, 64, 65, 255, 256, 1000, 9999]) {
      const { terms } = lexemes('a', [words(Array.from({ length: times }, () => 'again').join(' '))], '');
      expect(weigh(labelsOf(terms).again ?? '')).toBe(times);
    }
  });

  it('hold scope tokens that no word of a text is taken for', () => {
    const { terms, length } = lexemes('a', [words('every0')], 'every0 n12ab0');
    expect(labelsOf(terms)).toEqual({ '~every0': '', '~n12ab0': '', every0: 'A' });
    expect(length).toBe(3);
  });

  it('have places of their own, since PostgreSQL drops a second word at the same', () => {
    const { terms } = lexemes('a', [words('字一 字二 字三')], '');
    const places = [...terms.matchAll(/:(\d+)A/g)].map(([, place]) => place);
    expect(new Set(places).size).toBe(3);
  });

  it('end where a tsvector would be too long', () => {
    const many = Array.from({ length: 90_000 }, (_, index) => `w${index}x`).join(' ');
    const { terms } = lexemes('a', [words(many)], 'every0');
    expect(terms.length).toBeLessThan(1_500_000);
    expect(terms).toContain('~every0');
  });

  it('begin with their namespace, so that others hold none of them', () => {
    const one = lexemes('one', [words('word')], '').terms;
    const other = lexemes('other', [words('word')], '').terms;
    expect(one.slice(1, 1 + SHELF)).not.toBe(other.slice(1, 1 + SHELF));
    expect(one.length).toBe(other.length);
  });
});

describe('a query for lexemes', () => {
  const ask = { need: 'any', terms: ['running', 'homes'], deferred: ['common'], scopes: [] } as const;
  const shelf = lexemes('a', [words('x')], '').terms.slice(1, 1 + SHELF);

  it('asks for one of the terms, or for all and those that were deferred', () => {
    expect(tsquery('a', ask)).toBe(`'${shelf}run' | '${shelf}home'`);
    expect(tsquery('a', { ...ask, need: 'all' })).toBe(`'${shelf}run' & '${shelf}home' & '${shelf}common'`);
  });

  it('asks for one of the scopes besides', () => {
    expect(tsquery('a', { ...ask, terms: ['run'], scopes: ['n1', 'n2'] })).toBe(
      `('${shelf}run') & ('${shelf}~n1' | '${shelf}~n2')`,
    );
  });

  it('looks for a lone character of a paired script at the start of pairs', () => {
    expect(isStart('字')).toBe(true);
    expect(tsquery('a', { ...ask, terms: ['字'] })).toBe(`'${shelf}字':*`);
  });

  it('takes nothing of a term as an operator', () => {
    expect(tsquery('a', { ...ask, terms: [`o'\\ & b`] })).toBe(`'${shelf}o''\\\\ & b'`);
  });
});

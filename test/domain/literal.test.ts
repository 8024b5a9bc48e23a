import fc from 'fast-check';
import { expect, it } from 'vitest';
import { literal } from '../../src/search/literal.js';
import { character } from '../support/unicode.js';

it.each([
  ['🚀', '🚀'],
  ['  &&\n', '&&'],
  ['→ !=', '→|!='],
  ['what is 🚀?', '🚀'],
  ['what does "=>" do', '=>'],
  ['.', '\\.'],
  ['❤️', '❤'],
])('a query without words, %j, is looked for as %s', (query, pattern) => {
  expect(literal(query)?.replaceAll('\ufe0f?', '')).toBe(pattern);
});

it.each([
  '',
  ' ',
  'C++',
  '.NET',
  '--no-verify',
  'deploy 🚀',
  'who are you?',
  'the',
  '猫',
  '\0',
  '\u0301',
  '\ufe0f',
])('%j is no such query', query => {
  expect(literal(query)).toBeUndefined();
});

it('finds an emoji however it is told to look', () => {
  const pattern = new RegExp(literal('⚠️🚀') ?? '', 'u');
  for (const text of ['⚠🚀', '⚠️🚀', 'stop: ⚠️🚀!']) expect(pattern.test(text), text).toBe(true);
});

it('is a pattern that finds what it is of, for any signs at all', () => {
  const signs = fc.array(fc.constantFrom(...'\\^$.*+?()[]{}|/-&#~`\'"<>=!,;:%@_→≠©🚀'), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(signs, list => {
      const text = list.join('');
      const pattern = literal(text);
      if (pattern !== undefined) expect(new RegExp(pattern, 'u').test(text)).toBe(true);
    }),
  );
  fc.assert(fc.property(fc.string({ unit: character }), text => void new RegExp(literal(text) ?? '', 'u')));
});

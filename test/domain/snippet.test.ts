import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBoundary, snippet } from '../../src/text/snippet.js';
import { character } from '../support/unicode.js';

const filler = 'Nothing of note was said that day and everybody went home early. ';
const anyText = fc.oneof(
  fc.string({ unit: character, maxLength: 200, size: 'max' }),
  fc.string({ unit: 'grapheme', maxLength: 200, size: 'max' }),
  fc
    .array(fc.constantFrom('zebra', 'ledger ', '漢字', '👩‍💻', 'e\u0301', ' ', '\ud800', '…', 'x'), {
      maxLength: 80,
    })
    .map(parts => parts.join('')),
);

/** True if `cut` is a piece of `text` but for an ellipsis at either end. */
function isPiece(text: string, cut: string): boolean {
  const starts = cut.startsWith('…') ? [0, 1] : [0];
  const ends = cut.endsWith('…') ? [0, 1] : [0];
  return starts.some(from => ends.some(to => text.includes(cut.slice(from, cut.length - to))));
}

describe('snippet', () => {
  it('returns a text that fits as it is', () => {
    expect(snippet('  exact\r\n text ', ['text'], 16)).toBe('  exact\r\n text ');
    expect(snippet('', ['text'], 0)).toBe('');
  });

  it('cuts the beginning when nothing matches', () => {
    expect(snippet(filler.repeat(5), ['zebra'], 40)).toBe('Nothing of note was said that day and…');
    expect(snippet(filler.repeat(5), [], 40)).toBe('Nothing of note was said that day and…');
  });

  it('shows the match with what stands around it', () => {
    const text = `${filler.repeat(20)}The zebra escaped from the zoo. ${filler.repeat(20)}`;
    const cut = snippet(text, ['zebra'], 120);
    expect(cut).toMatch(/^….*The zebra escaped from the zoo\. .*…$/);
    expect(cut.length).toBeLessThanOrEqual(120);
  });

  it('prefers the passage with the most distinct terms to one that repeats a term', () => {
    const text = `zebra zebra zebra zebra ${filler.repeat(10)}A zebra crossed the river. ${filler.repeat(10)}`;
    expect(snippet(text, ['zebra', 'river'], 100)).toContain('A zebra crossed the river.');
  });

  it('finds other forms of a word, and identifiers by their parts', () => {
    const text = `${filler.repeat(10)}They were migrating getUserById to café tables. ${filler.repeat(10)}`;
    for (const term of ['migrations', 'user', 'getUserById', 'cafe', 'CAFÉ']) {
      expect(snippet(text, [term], 80)).toContain('getUserById to café');
    }
  });

  it('looks for stop words only when there is nothing else', () => {
    const text = `Where is the what of it? ${filler.repeat(10)}A zebra. ${filler.repeat(10)}`;
    expect(snippet(text, ['where', 'is', 'the', 'zebra'], 60)).toContain('zebra');
    expect(snippet(`${'mmm '.repeat(50)}where ${'mmm '.repeat(50)}`, ['where'], 40)).toContain('where');
  });

  it('finds pairs and single characters in text without spaces', () => {
    const text = `${'今日は天気がいい。'.repeat(20)}黒猫が寝ている。${'今日は天気がいい。'.repeat(20)}`;
    expect(snippet(text, ['黒猫'], 40)).toContain('黒猫');
    expect(snippet(text, ['猫'], 40)).toContain('猫');
    expect(snippet(text, ['犬'], 40)).toMatch(/^今日は/);
  });

  it('does not cut words where there are spaces to cut at', () => {
    const text = `${filler.repeat(4)}zebra ${filler.repeat(4)}`;
    for (let size = 30; size < 100; size += 1) {
      const inner = snippet(text, ['zebra'], size).replace(/^…|…$/g, '');
      expect(` ${text}`).toContain(` ${inner.trimStart()}`);
      expect(text.split(' ')).toEqual(expect.arrayContaining(inner.trim().split(' ')));
    }
  });

  it('cuts a word longer than the snippet', () => {
    expect(snippet('x'.repeat(500), ['y'], 50)).toBe(`${'x'.repeat(48)}…`);
    expect(snippet(`${'a/'.repeat(300)}zebra`, ['zebra'], 50).length).toBeLessThanOrEqual(50);
  });

  it('never splits a pair, a mark from its letter, or a joined emoji', () => {
    expect(snippet('😀'.repeat(50), [], 10)).toBe('😀😀😀😀…');
    expect(snippet('e\u0301'.repeat(50), [], 9)).toBe(`${'e\u0301'.repeat(3)}…`);
    expect(snippet('👩‍💻'.repeat(20), [], 14)).toBe('👩‍💻👩‍💻…');
    expect(snippet(`a${'\u0301'.repeat(5000)}`, [], 10)).toBe('…');
  });

  it.each([
    [2, '…'],
    [1, '…'],
    [0, ''],
    [-5, ''],
  ])('has room for nothing in %d characters', (size, expected) => {
    expect(snippet('long enough', ['long'], size)).toBe(expected);
  });

  it('is always a piece of the text within the limit', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.oneof(anyText, fc.constantFrom('zebra', '字', 'ledger')), { maxLength: 5 }),
        fc.nat(120),
        (text, terms, size) => {
          const cut = snippet(text, terms, size);
          expect(cut.length).toBeLessThanOrEqual(size);
          expect(isPiece(text, cut)).toBe(true);
        },
      ),
    );
  });

  it('makes no lone surrogate of a well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 20 }), fc.nat(40), (text, size) => {
        expect(snippet(text, [], size)).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('isBoundary', () => {
  it('is true at both ends and between letters', () => {
    expect([0, 1, 2].map(at => isBoundary('ab', at))).toEqual([true, true, true]);
  });

  it.each(['😀', 'e\u0301', 'क्', '👍🏽', '❤️'])('is false within %s', text => {
    for (let at = 1; at < text.length; at += 1) expect(isBoundary(text, at)).toBe(false);
  });
});

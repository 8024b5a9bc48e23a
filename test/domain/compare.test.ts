import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claims, difference, normalisedText, overlap, termSet } from '../../src/memory/compare.js';
import { analyse } from '../../src/text/analyse.js';
import { character } from '../support/unicode.js';

const differ = (left: string, right: string) => difference(claims(left), claims(right));
const terms = (text: string) => termSet(analyse(text));

describe('difference', () => {
  it.each([
    ['The port is 80.', 'The port is 443.', /number or date: 80 against 443/],
    ['Due 2026-01-01.', 'Due 2026-02-01.', /2026-01-01 against 2026-02-01/],
    ['Retries happen.', 'Retries never happen.', /negates/],
    ["It doesn't retry.", 'It does retry.', /negates/],
    ['Hosted on Hetzner.', 'Hosted on Linode.', /name: hetzner against linode/],
  ])('is seen between %j and %j', (left, right, reason) => {
    expect(differ(left, right)).toMatch(reason);
    expect(differ(right, left)).toBeDefined();
  });

  it.each([
    ['The port is 80.', 'The port is 80, on all hosts.'],
    ['Uses Postgres.', 'uses POSTGRES.'],
    ['Zoë Müller signs.'.normalize('NFC'), 'Zoë Müller signs it.'.normalize('NFD')],
    ['Deployed with Kamal.', 'Deployed with Kamal on Fridays.'],
    ['', ''],
  ])('is not seen between %j and %j', (left, right) => {
    expect(differ(left, right)).toBeUndefined();
  });

  it('is never seen between a text and itself', () => {
    const property = fc.property(fc.string({ unit: character }), text => {
      expect(differ(text, text)).toBeUndefined();
    });
    fc.assert(property);
  });
});

describe('likeness', () => {
  it('ignores stop words and word forms', () => {
    expect(overlap(terms('we deploy the apps'), terms('deploying an app')).similarity).toBe(1);
    expect(overlap(terms('apples'), terms('pears')).similarity).toBe(0);
    expect(overlap(terms(''), terms('')).similarity).toBe(0);
  });

  it('measures a short text against the longer one', () => {
    expect(overlap(terms('alpha'), terms('alpha beta gamma delta'))).toEqual({
      similarity: 0.25,
      agreement: 0.25,
    });
  });

  it('ignores case, white space and closing punctuation', () => {
    expect(normalisedText('  We  Deploy\n now!? ')).toBe('we deploy now');
    expect(normalisedText('3.5')).not.toBe(normalisedText('35'));
  });
});

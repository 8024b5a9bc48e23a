import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { encodingCounter, tokensAtMost } from '../../src/text/encodings.js';
import { seedOfRun } from '../support/mintmark.js';
import { runs } from '../support/sweep.js';
import { character } from '../support/unicode.js';

const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;
const own = new Map(ENCODINGS.map(name => [name, get_encoding(name)]));
afterAll(() => {
  for (const encoder of own.values()) encoder.free();
});
const truth = (name: (typeof ENCODINGS)[number], text: string) => own.get(name)?.encode_ordinary(text).length;

describe.each(ENCODINGS)('counting in %s', name => {
  it.each([
    ['nothing', ''],
    ['words', 'The quick brown fox jumps over the lazy dog, twice.'],
    ['special tokens', 'a<|endoftext|>b<|fim_prefix|><|endofprompt|>'],
    ['Chinese', '我们决定使用数据库，因为它很可靠。'.repeat(20)],
    ['code', 'const x = (a: number) => {\n\t\treturn a * 2;\n};\n'.repeat(50)],
    ['numbers', '1234567890'.repeat(500)],
    ['a run below the limit', `${'='.repeat(199)} ${'a'.repeat(199)}.${'\n'.repeat(199)}`],
  ])('counts %s as tiktoken does', async (_what, text) => {
    expect((await encodingCounter(name))(text)).toBe(truth(name, text));
  });

  it('stays near tiktoken on texts with long runs, and hardly ever below', async () => {
    const count = await encodingCounter(name);
    for (const unit of ['a', ' ', '\n', '=', '/\n', '好', '😀', 'ab', 'é', '\u0301']) {
      const text = `before ${unit.repeat(3000)} after`;
      const expected = truth(name, text) ?? 0;
      expect(count(text), JSON.stringify(unit)).toBeGreaterThanOrEqual(expected - 2);
      // A run of marks or spaces is a token for up to 128 of them, which segments of 64 cut in two.
      expect(count(text), JSON.stringify(unit)).toBeLessThanOrEqual(expected * 1.3 + 100);
    }
  });

  it('takes time in line with the length of a megabyte of one letter', async () => {
    const count = await encodingCounter(name);
    expect(count('a'.repeat(1_000_000))).toBe(125_000);
    expect(count('😀'.repeat(250_000))).toBeGreaterThan(200_000);
  });

  it('never counts more tokens than bytes', async () => {
    const count = await encodingCounter(name);
    const seed = seedOfRun();
    const texts = fc.string({ unit: character, maxLength: 600 }).map(text => text.toWellFormed());
    const bounded = fc.property(texts, text => {
      expect(count(text)).toBeLessThanOrEqual(tokensAtMost(text));
    });
    fc.assert(bounded, { seed, numRuns: runs(300) });
  });
});

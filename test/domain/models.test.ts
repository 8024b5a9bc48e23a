import { describe, expect, it } from 'vitest';
import { modelNamed, tokenizerOf } from '../../src/text/models.js';

const options = { defaults: { context_limit: 200_000, max_output: 8192 }, overrides: [] };

describe('a model by its name', () => {
  it.each([
    ['gpt-4o-mini', 'o200k_base', 128_000],
    ['ft:gpt-4o-2024-08-06:acme::abc', 'o200k_base', 128_000],
    ['openai/gpt-5', 'o200k_base', 400_000],
    ['o3', 'o200k_base', 200_000],
    ['gpt-4-turbo-2024-04-09', 'cl100k_base', 128_000],
    ['gpt-4-0613', 'cl100k_base', 8192],
    ['GPT-3.5-turbo', 'cl100k_base', 16_385],
    ['claude-opus-4-5', 'o200k_base*1.35', 200_000],
    ['anthropic.claude-3-haiku-20240307-v1:0', 'o200k_base*1.35', 200_000],
    ['models/gemini-2.5-pro', 'o200k_base*1.3', 1_048_576],
    ['llama-3.3-70b', 'o200k_base*1.35', 200_000],
    ['o2000', 'o200k_base*1.35', 200_000],
  ])('%s is counted in %s and holds %d tokens', (name, tokenizer, limit) => {
    const model = modelNamed(name, options);
    expect([tokenizerOf(model), model.context_limit]).toEqual([tokenizer, limit]);
    expect(model.max_output).toBeLessThanOrEqual(limit / 2);
  });

  it('that is not given is counted in o200k_base, without a factor', () => {
    expect(modelNamed(undefined, options)).toEqual({
      ...options.defaults,
      encoding: 'o200k_base',
      factor: 1,
    });
  });

  it('has the limits of an override, and keeps its encoding', () => {
    const overrides = ['llama=8000/1000', 'gpt-4=32000/4000'];
    expect(modelNamed('gpt-4', { ...options, overrides })).toEqual({
      context_limit: 32_000,
      max_output: 4000,
      encoding: 'cl100k_base',
      factor: 1,
    });
    expect(modelNamed('gpt-4-0613', { ...options, overrides }).context_limit).toBe(8192);
  });

  it.each(['gpt-4', 'gpt-4=32000', 'gpt-4=many/few', '=32000/4000'])('refuses the override %s', override => {
    expect(() => modelNamed('x', { ...options, overrides: [override] })).toThrow(
      /context_limit\/max_output|models has/,
    );
  });
});

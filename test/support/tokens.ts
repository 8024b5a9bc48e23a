import { get_encoding } from 'tiktoken';

const encoder = get_encoding('o200k_base');

/** Tokens of every text in a value, counted apart from the code under test; the words of a shape itself are left out. */
export function tokensOf(value: unknown): number {
  if (typeof value === 'string') return encoder.encode_ordinary(value).length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value)
    .filter(([name]) => name !== 'type' && name !== 'role')
    .reduce((sum, [, inner]) => sum + tokensOf(inner), 0);
}

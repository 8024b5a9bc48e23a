import type { Finding } from './store.js';

/** One finding for each key whose value is not the expected one, is missing, or should not be there. */
export function differences(
  stored: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
  { check, advice }: Pick<Finding, 'check' | 'advice'>,
): Finding[] {
  const wrong = [...new Set([...stored.keys(), ...expected.keys()])].filter(
    key => stored.get(key) !== expected.get(key),
  );
  return wrong.map(key => ({
    check,
    found: `${key}: stored ${stored.get(key) ?? 'nothing'}, expected ${expected.get(key) ?? 'nothing'}`,
    advice,
  }));
}

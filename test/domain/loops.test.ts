import { describe, expect, it } from 'vitest';
import { callsNeeded, findLoop, newLoop, toolCall } from '../../src/run/loops.js';

/** One letter a call. */
const calls = (letters: string) => [...letters].map(letter => ({ tool: letter, key: letter }));

describe('doom loops', () => {
  it.each([
    ['AAA', 1],
    ['XAAA', 1],
    ['ABABAB', 2],
    ['XABABAB', 2],
    ['BABABA', 2],
    ['ABCABCABC', 3],
    ['AAAAAAAAA', 1],
    ['AABAABAAB', 3],
  ])('are seen in %s', (letters, length) => {
    expect(findLoop(calls(letters), 3)).toMatchObject({ length, kind: length === 1 ? 'repeat' : 'cycle' });
  });

  it.each(['', 'A', 'AA', 'AAAB', 'ABAB', 'ABABA', 'ABCABCAB', 'ABCDABCDABCD', 'ABABAC', 'AABB'])(
    'are not seen in %s',
    letters => {
      expect(findLoop(calls(letters), 3)).toBeUndefined();
    },
  );

  it('are named by the tools of one round', () => {
    expect(findLoop(calls('ABABAB'), 3)?.tool).toBe('A, B');
  });

  it('are new once, when the call that closes them comes', () => {
    const seen = (letters: string) =>
      [...letters].flatMap((_, at) => (newLoop(calls(letters.slice(0, at + 1)), 3) ? [at + 1] : []));
    expect(seen('AAAAAA')).toEqual([3]);
    expect(seen('AAABAAA')).toEqual([3, 7]);
    expect(seen('ABABABABAB')).toEqual([6]);
    expect(seen('ABABABBB')).toEqual([6, 8]);
    expect(seen('ABCABCABCABC')).toEqual([9]);
  });

  it('need as many calls as the longest cycle has', () => {
    expect(callsNeeded(3)).toBe(9);
  });
});

describe('a tool call', () => {
  const key = (payload: Record<string, unknown>) => toolCall(payload).key;

  it('is known by its tool and its input, whatever the order of keys, and not by its id', () => {
    expect(key({ tool_name: 'ls', arguments: { a: 1, b: 2 }, call_id: '1' })).toBe(
      key({ call_id: '2', arguments: { b: 2, a: 1 }, tool_name: 'ls' }),
    );
    expect(key({ tool_name: 'ls', arguments: { a: 1 } })).not.toBe(
      key({ tool_name: 'ls', arguments: { a: 2 } }),
    );
    expect(key({ tool_name: 'ls', arguments: {} })).not.toBe(key({ tool_name: 'rm', arguments: {} }));
  });

  it('is read by the other names that hosts use', () => {
    expect(toolCall({ name: 'ls', input: 1 })).toEqual(toolCall({ tool: 'ls', args: 1 }));
  });

  it('without a name is known by its whole payload', () => {
    expect(key({ a: 1 })).not.toBe(key({ a: 2 }));
    expect(toolCall({ a: 1 }).tool).toBe('unnamed');
  });
});

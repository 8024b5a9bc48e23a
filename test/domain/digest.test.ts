import { describe, expect, it } from 'vitest';
import { digest } from '../../src/run/digest.js';

const event = (sequence: number, content: string | null) => ({
  sequence,
  type: 'NOTE' as const,
  at: 0,
  content,
});

describe('the deterministic summary', () => {
  it('counts by type and shows the last five events', () => {
    const last = Array.from({ length: 7 }, (_, n) => event(n + 1, `{"n":${n + 1}}`));
    expect(digest([{ type: 'NOTE', count: 7 }], last, { first: 1, last: 7 })).toBe(
      '7 events (1 to 7): NOTE 7. The last:\n3 NOTE {"n":3}\n4 NOTE {"n":4}\n5 NOTE {"n":5}\n6 NOTE {"n":6}\n7 NOTE {"n":7}',
    );
  });

  it('is at most 1,200 characters of well-formed text, with something of each event', () => {
    const last = Array.from({ length: 5 }, (_, n) => event(n + 1, '😀'.repeat(1000)));
    const text = digest([{ type: 'NOTE', count: 5 }], last, { first: 1, last: 5 });
    expect(text.length).toBeLessThanOrEqual(1200);
    expect(text.isWellFormed()).toBe(true);
    expect(text.match(/^\d NOTE 😀/gm)).toHaveLength(5);
  });

  it('says of the start of a run what it is for: the episode holds its working set', () => {
    const started = JSON.stringify({ scope: {}, working_set: { objective: 'Ship it.', blockers: [] } });
    const shown = (content: string | null) =>
      digest([{ type: 'RUN_START', count: 1 }], [{ ...event(1, content), type: 'RUN_START' }], {
        first: 1,
        last: 1,
      });
    expect(shown(started)).toMatch(/The last:\n1 RUN_START Ship it\.$/);
    expect(shown('{"origin":null}')).toMatch(/\n1 RUN_START \{"origin":null\}$/);
    expect(shown(null)).toMatch(/\n1 RUN_START \(purged\)$/);
  });

  it('says so when nothing happened, and when an event was purged', () => {
    expect(digest([], [], { first: 3, last: 2 })).toMatch(/^No events/);
    expect(digest([{ type: 'NOTE', count: 1 }], [event(1, null)], { first: 1, last: 1 })).toMatch(/purged/);
  });
});

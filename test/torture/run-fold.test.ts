import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Engine, EngineError } from '../../src/engine.js';
import { foldRun } from '../../src/run/fold.js';
import type { EventType } from '../../src/schema/event.js';
import { openFixed } from '../store/everything.js';

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const text = fc.constantFrom('', 'short', 'word '.repeat(80), '東京'.repeat(30), '"},{"');
const sliding = fc.record({
  id,
  content: text,
  priority: fc.integer({ min: 0, max: 9 }),
  timestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2025-06-01T00:00:00+02:00'),
});
const patch = fc.record(
  {
    set: fc.record(
      {
        status: fc.constantFrom('BUSY', 'DONE', 'PAUSED'),
        next_action: text,
        sliding_context: fc.uniqueArray(sliding, { selector: item => item.id }),
      },
      { requiredKeys: [] },
    ),
    append: fc.record(
      {
        blockers: fc.array(text, { maxLength: 3 }),
        pinned_context: fc.array(fc.record({ id, content: text }), { maxLength: 1 }),
        sliding_context: fc.array(sliding, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
    remove: fc.record(
      { blockers: fc.constant(['short']), sliding_context: id.map(one => [one]) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('patch' as const), patch, late: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: 'record' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'seal' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'resume' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take({ runs, episodes }: Engine, run_id: string, next: Step): Promise<void> {
  if (next.do === 'seal') await episodes.seal({ run_id, reason: 'r' });
  else if (next.do === 'resume') await runs.open({ run_id });
  else if (next.do === 'record')
    await runs.record({ run_id, events: [{ type: 'TOOL_CALL', payload: { tool_name: 'ls' } }] });
  else {
    const { seq } = (await runs.read(run_id)).meta;
    await runs.patch({ run_id, expected_seq: Number(seq) - (next.late ? 1 : 0), ...next.patch });
  }
}

/** Whatever is drawn, something is evicted: more than there is room for. */
const EVICTING = (['a', 'b', 'c', 'd', 'e'] as const).map((one): Step => {
  const item = {
    id: one,
    content: 'word '.repeat(80),
    priority: 1,
    timestamp: '2026-01-01T00:00:00Z',
  } as const;
  return { do: 'patch', patch: { append: { sliding_context: [item] } }, late: false };
});

it('a run is the fold of its events after any program, and what was refused is no part of it', async () => {
  let evictions = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async program => {
      await using engine = openFixed(':memory:', { wsMaxTokens: 300 });
      const { run_id } = await engine.runs.open({ objective: 'Ship it.', tags: ['t'] });
      for (const next of program) {
        const before = await engine.runs.read(run_id);
        try {
          await take(engine, run_id, next);
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          expect(await engine.runs.read(run_id)).toEqual(before);
        }
      }
      const { text, meta } = await engine.runs.read(run_id);
      const events = await eventsOf(engine, run_id);
      evictions += events.filter(({ type }) => type === 'EVICTION').length;
      const folded = foldRun(events);
      expect(folded?.working_set).toEqual(JSON.parse(text));
      expect(folded?.episodes.map(episode => `episode://${episode.id}`)).toEqual(meta.episodes);
      expect(new Date(folded?.updated_at ?? 0).toISOString()).toBe(meta.updated_at);
      expect((await engine.verify({ deep: true })).findings).toEqual([]);
    }),
    { numRuns: 61, examples: [[EVICTING]] },
  );
  expect(evictions).toBeGreaterThan(0);
});

type Shown = { sequence: number; type: EventType; at: string; payload: unknown };

async function eventsOf(engine: Engine, ref: string) {
  const events: Shown[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await engine.runs.ledger({ ref, after, limit: 7 });
    events.push(...JSON.parse(page.text));
    after = page.next;
  }
  return events.map(({ at, payload, ...event }) => ({
    ...event,
    at: Date.parse(at),
    content: JSON.stringify(payload),
  }));
}

import { expect, it } from 'vitest';
import { startingPoint } from '../../src/checkpoint/start.js';
import type { Medallion } from '../../src/schema/medallion.js';

const medallion: Medallion = {
  meta: {
    medallion_id: 'med_1',
    schema_version: 'medallion.v1',
    version: 3,
    model: 'unknown',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    knowledge_min_ts: null,
    knowledge_max_ts: null,
    run_id: null,
    evidence: 'med_1/evidence/3',
    trust: 'agent',
  },
  scope: { graph_nodes: ['a:1'], tags: [] },
  summary: { high_level: 'Half moved.', subsystems: [] },
  decisions: [],
  open_questions: [
    { id: 'Q-001', question: 'Later?', blocked_on: [], priority: 'low' },
    { id: 'Q-002', question: 'Who pays?', blocked_on: ['finance'], priority: 'high' },
    { id: 'Q-003', question: 'How much?', blocked_on: ['finance', 'legal'], priority: 'high' },
  ],
  resolved_questions: [],
  retracted_decisions: [],
  affordances: {
    recommended_entry_points: ['src/queue.ts', 'x'],
    avoid_repeating: [],
    invariants: ['Never.'],
  },
};

it('a run begins where a medallion stands, the most urgent questions pinned first', () => {
  expect(startingPoint(medallion)).toEqual({
    objective: 'Half moved.',
    constraints: ['Never.'],
    next_action: 'src/queue.ts',
    pinned_context: [
      { id: 'Q-002', content: 'Who pays?', source_ref: 'medallion://med_1/v/3' },
      { id: 'Q-003', content: 'How much?', source_ref: 'medallion://med_1/v/3' },
      { id: 'Q-001', content: 'Later?', source_ref: 'medallion://med_1/v/3' },
    ],
    blockers: ['finance', 'legal'],
  });
});

it('pins no more questions than a working set holds, and needs none', () => {
  const open_questions = Array.from({ length: 12 }, (_, n) => ({
    id: `Q-${n}`,
    question: `${n}?`,
    blocked_on: [],
    priority: 'medium' as const,
  }));
  expect(startingPoint({ ...medallion, open_questions }).pinned_context).toHaveLength(10);
  const bare = { recommended_entry_points: [], avoid_repeating: [], invariants: [] };
  expect(startingPoint({ ...medallion, open_questions: [], affordances: bare })).toMatchObject({
    next_action: '',
    pinned_context: [],
    blockers: [],
  });
});

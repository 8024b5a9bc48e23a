import { type Medallion, PRIORITIES } from '../schema/medallion.js';
import { MAX_PINNED, type WorkingSet } from '../schema/working-set.js';

type StartingPoint = Pick<
  WorkingSet,
  'objective' | 'constraints' | 'next_action' | 'pinned_context' | 'blockers'
>;

/** Where a run begins that is opened from a medallion: open questions are pinned, the most urgent first. */
export function startingPoint({ meta, summary, affordances, open_questions }: Medallion): StartingPoint {
  const urgent = [...open_questions].sort(
    (left, right) => PRIORITIES.indexOf(right.priority) - PRIORITIES.indexOf(left.priority),
  );
  return {
    objective: summary.high_level,
    constraints: affordances.invariants,
    next_action: affordances.recommended_entry_points[0] ?? '',
    pinned_context: urgent.slice(0, MAX_PINNED).map(({ id, question }) => ({
      id,
      content: question,
      source_ref: `medallion://${meta.medallion_id}/v/${meta.version}`,
    })),
    blockers: [...new Set(urgent.flatMap(({ blocked_on }) => blocked_on))].slice(0, 200),
  };
}

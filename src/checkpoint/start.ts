import { type Medallion, PRIORITIES } from '../schema/medallion.js';
import { MAX_PINNED, type WorkingSet } from '../schema/working-set.js';
import { estimateTokens } from '../text/estimate.js';
import { fitting } from '../text/pack.js';

type StartingPoint = Pick<
  WorkingSet,
  'objective' | 'constraints' | 'next_action' | 'pinned_context' | 'blockers'
>;

/** Estimated tokens of each list: all of them together leave room in the default budget of a working set. */
const CONSTRAINTS = 400;
const PINNED = 300;
const BLOCKERS = 150;

/**
 * Where a run begins that is opened from a medallion: open questions are pinned, the most urgent first. A medallion may
 * say more than a working set holds, so each list ends before what does not fit; the rest stays in the medallion.
 */
export function startingPoint({ meta, summary, affordances, open_questions }: Medallion): StartingPoint {
  const urgent = [...open_questions].sort(
    (left, right) => PRIORITIES.indexOf(right.priority) - PRIORITIES.indexOf(left.priority),
  );
  return {
    objective: summary.high_level,
    constraints: within(CONSTRAINTS, affordances.invariants, line => line),
    next_action: affordances.recommended_entry_points[0] ?? '',
    pinned_context: within(PINNED, urgent.slice(0, MAX_PINNED), ({ question }) => question).map(
      ({ id, question }) => ({
        id,
        content: question,
        source_ref: `medallion://${meta.medallion_id}/v/${meta.version}`,
      }),
    ),
    blockers: within(BLOCKERS, blockersOf(urgent), line => line),
  };
}

/** How many entries of each list stayed in the medallion, where some did. */
export function leftOut(
  { affordances, open_questions }: Medallion,
  { constraints, pinned_context, blockers }: StartingPoint,
): Readonly<Record<string, number>> {
  const left = {
    constraints: affordances.invariants.length - constraints.length,
    pinned_context: open_questions.length - pinned_context.length,
    blockers: blockersOf(open_questions).length - blockers.length,
  };
  return Object.fromEntries(Object.entries(left).filter(([, count]) => count > 0));
}

const blockersOf = (questions: Medallion['open_questions']): string[] => [
  ...new Set(questions.flatMap(({ blocked_on }) => blocked_on)),
];

const within = <T>(budget: number, list: readonly T[], textOf: (one: T) => string): T[] => [
  ...fitting(list, { budget, cost: one => estimateTokens(textOf(one)) }),
];

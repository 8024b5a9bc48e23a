import type { Origin } from '../run/origin.js';
import { type Medallion, PRIORITIES } from '../schema/medallion.js';
import { MAX_PINNED, type WorkingSet } from '../schema/working-set.js';
import { findMedallions, findVersion } from '../store/medallions.js';
import type { Reader } from '../store/store.js';

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
      source_ref: uriOf(meta),
    })),
    blockers: [...new Set(urgent.flatMap(({ blocked_on }) => blocked_on))].slice(0, 200),
  };
}

/** What stands behind `medallion://` in run_open's `from`: `<id>` for the newest version, or `<id>/v/<n>`. */
export async function readMedallionOrigin(reader: Reader, rest: string): Promise<Origin | undefined> {
  const [, id = '', number] = /^(med_[A-Za-z0-9]+)(?:\/v\/(\d{1,9}))?$/.exec(rest) ?? [];
  const [row] = await findMedallions(reader, [id]);
  const stored = row && (await findVersion(reader, id, Number(number ?? row.version)));
  if (!stored) return undefined;
  const medallion: Medallion = JSON.parse(stored.content);
  const { meta, scope } = medallion;
  return { uri: uriOf(meta), scope, trust: meta.trust, fields: startingPoint(medallion) };
}

const uriOf = ({ medallion_id, version }: Medallion['meta']): string =>
  `medallion://${medallion_id}/v/${version}`;

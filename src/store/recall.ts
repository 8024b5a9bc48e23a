import type { Memory } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import { DAY } from '../text/time.js';
import { findMemories, statusThen } from './memories.js';
import { passesScope, selectiveFilter } from './scope-lookup.js';
import { inScope } from './scopes.js';
import { sql } from './sql.js';
import type { Reader } from './store.js';

export type Recall = {
  readonly scope: ScopeFilter;
  /** System time, Unix milliseconds; omitted means now. */
  readonly asOf?: number | undefined;
  /** World time. */
  readonly validAt: number;
  /** The time that recency is counted back from. */
  readonly now: number;
  readonly importanceWeight: number;
  readonly recencyWeight: number;
  readonly recencyDays: number;
  readonly limit: number;
};

const GLOBAL: ScopeFilter = { nodes: { match: 'named', allOf: [] }, tags: [] };

/**
 * Active memories of a scope and global, best first by importance and recency as search weighs them where nothing is
 * asked for, then the newer id; and how many there are in all.
 */
export async function recallMemories(
  reader: Reader,
  recall: Recall,
): Promise<{ memories: Memory[]; matches: number }> {
  const { asOf, validAt, now } = recall;
  const inForce =
    asOf === undefined
      ? sql`m.status = 'active'`
      : sql`m.created_at <= ${asOf} and ${statusThen(asOf)} = 'active'`;
  const column = sql`m.scope_id`;
  const horizon = recall.recencyDays * DAY;
  const few = await selectiveFilter(reader, recall.scope);
  const listed = few ? inScope(reader.namespace, column, few) : sql`1 = 1`;
  const global = (few ? inScope : passesScope)(reader.namespace, column, GLOBAL);
  const found = await reader.all<{ id: string; matches: number }>(sql`
    select m.id, count(*) over () as matches from memory m
    where m.namespace = ${reader.namespace} and ${inForce}
      and (m.valid_from is null or m.valid_from <= ${validAt}) and (m.valid_to is null or m.valid_to > ${validAt})
      and ((${listed} and ${passesScope(reader.namespace, column, recall.scope)}) or ${global})
    order by ${recall.importanceWeight} * m.importance
      + ${recall.recencyWeight} * case
        when m.created_at >= ${now} then 1
        when m.created_at <= ${now - horizon} then 0
        else 1 - (${now} - m.created_at) / cast(${horizon} as double precision) end desc, m.id desc
    limit ${recall.limit}`);
  const memories = await findMemories(
    reader,
    found.map(({ id }) => id),
  );
  return { memories, matches: found[0]?.matches ?? 0 };
}

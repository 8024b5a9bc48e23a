import { budgetOf } from '../session/budget.js';
import { tokensOf } from '../session/count.js';
import { frontierOf, newestOfUser, type Summary } from '../session/frontier.js';
import { gaps } from '../session/runs.js';
import { usageOf } from '../session/usage.js';
import { type MessageRow, visibleRows } from '../store/messages.js';
import { type StoredSession, sessionById } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { reachOf } from '../writing/reach.js';
import { tooLarge } from './cover.js';
import type { Parts } from './parts.js';
import { givenUp, leastTaken } from './survey.js';
import { KEPT_GROUPS, mostTogether } from './upkeep.js';

/**
 * Whether a survey of a session may come to a task: told from rows alone, as a session may stay above the soft threshold
 * for long with nothing to gain, and every append asks. It never says no where there is a task.
 */
export const isWorthSurveying = (
  parts: Pick<Parts, 'store' | 'options' | 'model'>,
  namespace: string,
  sessionId: string,
): Promise<boolean> =>
  parts.store.read(namespace, async reader => {
    const session = await sessionById(reader, sessionId);
    if (!session || session.hidden_at !== null) return false;
    const frontier = await frontierOf(reader, sessionId);
    if (parts.model && (await mayImprove(reader, frontier))) return true;
    const { usable } = budgetOf(parts.options, session);
    const tail = await uncovered(reader, sessionId, frontier);
    if (mayCondense(frontier, usable, tail)) return true;
    const { tokens } = await usageOf(reader, { session, frontier }, parts.options);
    if (tokens <= Math.floor(usable * parts.options.softThreshold)) return false;
    const most = parts.model ? reachOf(parts.options) : Number.POSITIVE_INFINITY;
    return (await mostTaken(reader, session, tail)) >= leastTaken(usable, most);
  });

type Row = Pick<MessageRow, 'sequence' | 'role' | 'tokens'>;

async function uncovered(reader: Reader, sessionId: string, frontier: readonly Summary[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [first, last] of gaps(frontier.flatMap(({ covers }) => covers)))
    rows.push(...(await visibleRows(reader, sessionId, { first, last })));
  return rows;
}

async function mayImprove(reader: Reader, frontier: readonly Summary[]): Promise<boolean> {
  const without = await givenUp(reader, frontier);
  return frontier.some(({ id, level }) => level === 3 && !without.has(id));
}

/** As if all that is not summarised had to be shown. */
const mayCondense = (frontier: readonly Summary[], usable: number, tail: readonly Row[]): boolean =>
  tooLarge(frontier, { most: mostTogether(usable, tokensOf(tail)) });

/** System messages and the newest of the user are never taken; the newest messages lie in the newest groups. */
async function mostTaken(reader: Reader, session: StoredSession, tail: readonly Row[]): Promise<number> {
  const newest = await newestOfUser(reader, session.id, session.last_sequence + 1);
  const older = tail.filter(({ role }) => role !== 'system').slice(0, -KEPT_GROUPS);
  return tokensOf(older.filter(({ sequence }) => sequence !== newest));
}

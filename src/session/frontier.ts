import { everyRow } from '../store/every-row.js';
import { usersBefore } from '../store/messages.js';
import type { Reader } from '../store/store.js';
import {
  activeSummaries,
  outermostSummaries,
  type StoredSummary,
  type SummaryRow,
} from '../store/summaries.js';
import { openBody } from './body.js';
import { isUser } from './own-words.js';
import type { Runs } from './runs.js';

/** A summary that stands for its messages in the context. */
export type Summary = Omit<SummaryRow, 'covers' | 'parents'> & {
  readonly covers: Runs;
  readonly parents: readonly string[];
  readonly text: string;
  /** The model that wrote it. */
  readonly by?: string;
};

/** The active summaries of a session, oldest first, with those that others were made from. */
export const activeOf = async (reader: Reader, sessionId: string): Promise<Summary[]> =>
  (await activeSummaries(reader, sessionId)).map(openSummary);

/** Those that no other active one was made from: together what is not shown word for word. */
export const frontierOf = async (reader: Reader, sessionId: string): Promise<Summary[]> =>
  (await outermostSummaries(reader, sessionId)).map(openSummary);

export function openSummary({ content, ...row }: StoredSummary): Summary {
  const said: Pick<Summary, 'text' | 'by'> = JSON.parse(content);
  return { ...row, ...said, covers: runsOf(row), parents: parentsOf(row) };
}

export function runsOf({ covers }: Pick<SummaryRow, 'covers'>): Runs {
  const runs: Runs = JSON.parse(covers);
  return runs;
}

export function parentsOf({ parents }: Pick<SummaryRow, 'parents'>): readonly string[] {
  const ids: string[] = JSON.parse(parents);
  return ids;
}

/** What names a written summary and its place takes half of this, so that of less nobody can write a shorter one. */
const LEAST_COVERED = 120;

/** The oldest summary on the frontier that was made without a model, and so waits for a better one. */
export const openRequest = (frontier: readonly Summary[]): Summary | undefined =>
  frontier.find(({ level, covered_tokens }) => level === 3 && covered_tokens >= LEAST_COVERED);

/**
 * Active summaries that may stand no longer when messages from `sequence` on are hidden: they cover one of them, or the
 * message of the user that is the newest then, which is always shown whole.
 */
export async function summariesToEnd(
  reader: Reader,
  sessionId: string,
  sequence: number,
): Promise<readonly string[]> {
  const newest = await newestOfUser(reader, sessionId, sequence);
  const from = Math.min(sequence, newest ?? sequence);
  const active = await activeSummaries(reader, sessionId);
  return active.filter(({ last_sequence }) => last_sequence >= from).map(({ id }) => id);
}

/** The number of the newest message in the user's own words before a number. */
export async function newestOfUser(
  reader: Reader,
  sessionId: string,
  sequence: number,
): Promise<number | undefined> {
  const users = everyRow({ by: 'sequence', from: sequence }, before =>
    usersBefore(reader, sessionId, { before, limit: 20 }),
  );
  for await (const user of users) if (isUser(openBody(user.content))) return user.sequence;
  return undefined;
}

type Covering = { readonly id: string; readonly parents: readonly string[]; readonly covers: Runs };

/** A message that two summaries of the frontier of these cover, which none may. */
export function overlapping(active: readonly Covering[]): number | undefined {
  const under = new Set(active.flatMap(({ parents }) => parents));
  const runs = active.filter(({ id }) => !under.has(id)).flatMap(({ covers }) => covers);
  const ordered = runs.toSorted(([a], [b]) => a - b);
  return ordered.find(([first], at) => first <= (ordered[at - 1]?.[1] ?? 0))?.[0];
}

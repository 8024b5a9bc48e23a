import type { Reader } from '../store/store.js';
import { type SummaryRow, summariesOf } from '../store/summaries.js';
import type { Candidate } from './candidates.js';

/** Which summary stands for each message of a session in the context, by number; undefined for one that is shown itself. */
export type Covering = (sequence: number) => Pick<SummaryRow, 'id' | 'first_sequence'> | undefined;

/** The summaries of a session at a time that no other one was made from, over what they cover. */
export async function coveringOf(reader: Reader, sessionId: string, at: number): Promise<Covering> {
  const there = (await summariesOf(reader, sessionId)).filter(
    ({ created_at, ended_at }) => created_at <= at && (ended_at === null || ended_at > at),
  );
  const under = new Set(there.flatMap(({ parents }): string[] => JSON.parse(parents)));
  const frontier = there
    .filter(({ id }) => !under.has(id))
    .map(summary => {
      const runs: [number, number][] = JSON.parse(summary.covers);
      return { summary, runs };
    });
  return sequence =>
    frontier.find(({ runs }) => runs.some(([first, last]) => first <= sequence && sequence <= last))?.summary;
}

/**
 * Messages by the summary that covers them, the oldest first, then those that none covers, each group in the order it
 * was said; what is no message comes last, in its own order.
 */
export function grouped<T extends Candidate>(candidates: readonly T[], covering: Covering): T[] {
  return candidates
    .map((candidate, at) => ({ candidate, place: placeOf(candidate, covering) ?? { group: Infinity, at } }))
    .sort(
      ({ place: left }, { place: right }) =>
        (left.group === right.group ? 0 : left.group - right.group) || left.at - right.at,
    )
    .map(({ candidate }) => candidate);
}

type Place = { readonly group: number; readonly at: number };

function placeOf(candidate: Candidate, covering: Covering): Place | undefined {
  if (candidate.kind !== 'message' || candidate.sequence === null) return undefined;
  const summary = covering(candidate.sequence);
  return { group: summary?.first_sequence ?? Number.MAX_SAFE_INTEGER, at: candidate.sequence };
}

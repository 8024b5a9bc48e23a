import { formatTime } from '../text/time.js';
import { bareId } from './draft.js';
import type { Resemblance } from './look-alikes.js';
import type { Settled } from './settle.js';
import type { Identified } from './stage.js';

const MOST_REPEATS = 3;
const MOST_NAMED = 3;

export type Proposing = {
  /** How many look-alikes and contradictions the reply has no room for. */
  readonly left: number;
  readonly settled: readonly Settled[];
  /** Unix milliseconds. */
  readonly now: number;
  readonly additions: readonly Extract<Identified, { readonly body: unknown }>[];
  /** Of each addition that is committed what it resembles; nothing where somebody decides first. */
  readonly resembling: readonly Resemblance[];
};

/** What a reply says of a proposal beside its changes, each with the next call if there is one. Pure. */
export function noteOn({ left, settled, now, ...committed }: Proposing): { readonly note?: string } {
  const repeats = repeatsOf(committed, new Set(settled.flatMap(({ memory_ids }) => memory_ids)));
  const beyond = repeats.length - MOST_REPEATS;
  const notes = [
    ...gapsIn(committed.additions, now),
    ...absentIn(committed.additions, now),
    ...repeats.slice(0, MOST_REPEATS),
    ...(beyond > 0 ? [`${beyond} more do so.`] : []),
    ...(repeats.length > 0 ? ['If one is too many, call memory_forget with its id.'] : []),
    ...(left > 0
      ? [
          `Left out, to keep this short: ${left} look-alikes and contradictions. Propose fewer changes at a time to see them.`,
        ]
      : []),
    ...(settled.length > 0
      ? [
          `${settled.map(({ batch_id }) => batch_id).join(', ')} proposed the same and needs no decision any more.`,
        ]
      : []),
  ];
  return notes.length > 0 ? { note: notes.join(' ') } : {};
}

/** What is replaced is recalled no more, from now on. */
const gapsIn = (additions: Proposing['additions'], now: number): string[] =>
  additions.flatMap(({ op, id, body: { valid_from } }) =>
    op === 'supersede' && valid_from !== null && valid_from > now
      ? [
          `${id} holds from ${formatTime(valid_from)} on, and what it replaces is not recalled until then either: if that still holds, propose it anew with this valid_to.`,
        ]
      : [],
  );

/** What holds at another time alone is found by nobody who does not ask for that time. */
function absentIn(additions: Proposing['additions'], now: number): string[] {
  const absent = additions.filter(
    ({ op, body: { valid_from, valid_to } }) =>
      (op === 'add' && valid_from !== null && valid_from > now) || (valid_to !== null && valid_to <= now),
  );
  if (absent.length === 0) return [];
  const beyond = absent.length - MOST_NAMED;
  const ids = [
    ...absent.slice(0, MOST_NAMED).map(({ id }) => id),
    ...(beyond > 0 ? [`${beyond} more`] : []),
  ].join(', ');
  return [
    `What does not hold now is recalled only where valid_at asks for its time: ${ids}. To have it known already, propose it anew without valid_from or valid_to.`,
  ];
}

/** Who supersedes means it, and what was rejected as said again is no second. */
const repeatsOf = (
  { additions, resembling }: Pick<Proposing, 'additions' | 'resembling'>,
  rejected: ReadonlySet<string>,
): string[] =>
  resembling.flatMap(({ lookalikes }, index) => {
    const addition = additions[index];
    const same = lookalikes.find(({ similarity, uri }) => similarity === 1 && !rejected.has(bareId(uri)));
    return same && addition?.op === 'add' ? [`${addition.id} has the same words as ${same.uri}.`] : [];
  });

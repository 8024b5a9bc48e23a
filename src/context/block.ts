import type { Message } from '../schema/message.js';
import { openMessage } from '../session/body.js';
import { tokensOf } from '../session/count.js';
import type { Summary } from '../session/frontier.js';
import { gaps } from '../session/runs.js';
import { visibleMessages } from '../store/messages.js';
import type { Reader } from '../store/store.js';
import { repair, type Unit, unitsOf } from './groups.js';
import type { Measure } from './measure.js';
import { mandatory } from './plan.js';

const PAGE = 1000;

/** The messages that are not hidden and under no summary, in order. */
export async function tailOf(
  reader: Reader,
  sessionId: string,
  frontier: readonly Summary[],
): Promise<Message[]> {
  const tail: Message[] = [];
  for (const [first, last] of gaps(frontier.flatMap(({ covers }) => covers)))
    for (let after = first - 1; after < last; ) {
      const limit = Math.min(PAGE, last - after);
      const page = await visibleMessages(reader, sessionId, { after, limit });
      tail.push(...page.filter(({ sequence }) => sequence <= last).map(openMessage));
      after = page.at(-1)?.sequence ?? last;
    }
  return tail;
}

/** Messages that stay together. */
type Group = { readonly messages: readonly Message[]; readonly tokens: number; readonly last: number };

export type Divided = {
  /** Tokens of what is never summarised: system messages and the newest message of the user, with what belongs to it. */
  readonly fixed: number;
  /** What may be, by the number of its newest message. */
  readonly groups: readonly Group[];
};

/** Counted as they are stored. A result whose call was summarised long ago stands alone. */
export function divide(tail: readonly Message[], measure: Measure): Divided {
  const stored = new Map(tail.map(message => [message.sequence, message]));
  const { linked, orphans } = repair(tail, measure);
  const units = unitsOf(linked);
  const must = mandatory(linked, units);
  const messagesOf = ({ members }: Unit) =>
    members.flatMap(place => stored.get(linked[place]?.message.sequence ?? 0) ?? []);
  const together = units.all().flatMap(unit => (must.has(unit) ? [] : [groupOf(messagesOf(unit))]));
  const alone = orphans.filter(({ whole, message }) => whole && message.role !== 'system');
  const single = [...new Set(alone.map(({ message }) => message))].map(message => groupOf([message]));
  return {
    fixed: groupOf([...must].flatMap(messagesOf)).tokens,
    groups: [...together, ...single].sort((a, b) => a.last - b.last),
  };
}

const groupOf = (messages: readonly Message[]): Group => ({
  messages,
  tokens: tokensOf(messages),
  last: messages.reduce((last, { sequence }) => Math.max(last, sequence), 0),
});

type Choice = {
  /** Newest groups that stay. */
  readonly keep: number;
  /** Tokens that may stay beside them. */
  readonly spare: number;
  /** Tokens that are taken at most, unless the oldest group alone has more. */
  readonly most?: number;
};

/** The oldest groups, until no more than `spare` tokens are left of them; the newest `keep` stay. In order. */
export function oldest(
  { groups }: Divided,
  { keep, spare, most = Number.POSITIVE_INFINITY }: Choice,
): Message[] {
  const block: Message[] = [];
  let taken = 0;
  let left = tokensOf(groups);
  for (const { messages, tokens } of groups.slice(0, Math.max(0, groups.length - keep))) {
    if (left <= spare || (block.length > 0 && taken + tokens > most)) break;
    left -= tokens;
    taken += tokens;
    block.push(...messages);
  }
  return block.sort((a, b) => a.sequence - b.sequence);
}

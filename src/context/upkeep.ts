import { Moved } from '../ledger/foresee.js';
import type { Message } from '../schema/message.js';
import { type MessageCounter, tokensOf } from '../session/count.js';
import type { Coming } from '../session/foresee.js';
import type { Parts as SessionParts, Upkeep } from '../session/parts.js';
import { within } from '../session/runs.js';
import { addSummary, type NewSummary, summaryOf } from '../session/summarise.js';
import type { Sources } from '../sources.js';
import type { Reader } from '../store/store.js';
import { type Beneath, beneath } from './beneath.js';
import { type Divided, divide, oldest, tailOf } from './block.js';
import { condensed, digested, type Sizing, withNode } from './cover.js';
import { groundOf, isSame, type Stand, standOf } from './ground.js';
import { leastRoom } from './level3.js';
import { measureBy } from './measure.js';

/** Call/result groups that stay word for word as long as that is possible. */
export const KEPT_GROUPS = 4;
const MOST_ROOM = 4000;

/** Keeps every session under its budget, without a model: reads and thinks before the transaction that it is part of. */
export const upkeepOf = (parts: Pick<SessionParts, 'sources' | 'options'>): Upkeep => ({
  async foresee(reader, coming) {
    const summaries = await shortened(parts.sources, await asComing(reader, coming));
    return { ground: groundOf(coming.last_sequence, coming), summaries };
  },
  async keep(writer, { session, counter, thought, within: here }) {
    const stand = await standOf(parts, writer, session);
    if (stand.tokens <= stand.usable) return 0;
    const stands = thought && isSame(thought.ground, groundOf(session.last_sequence, stand));
    if (!stands && !here) throw new Moved();
    const now = { ...stand, counter, sessionId: session.id };
    const summaries = stands
      ? thought.summaries
      : await shortened(parts.sources, await asStored(writer, now));
    for (const summary of summaries)
      await addSummary(parts.sources, writer, { ...summary, session_id: session.id });
    return summaries.length;
  },
});

/** A session that is too full, with what is to be seen of it word for word. */
type Full = Stand &
  Beneath & {
    readonly sessionId: string;
    readonly counter: MessageCounter;
    readonly tail: readonly Message[];
  };

async function asStored(reader: Reader, session: Omit<Full, 'tail' | keyof Beneath>): Promise<Full> {
  const { sessionId: session_id, frontier } = session;
  return {
    ...session,
    tail: await tailOf(reader, session_id, frontier),
    ...beneath(reader, session_id),
  };
}

async function asComing(reader: Reader, { sessionId = '', messages, ...coming }: Coming): Promise<Full> {
  const stored = await asStored(reader, { ...coming, sessionId });
  return {
    ...stored,
    tail: [...stored.tail, ...messages],
    under: async covers => [
      ...(await stored.under(covers)),
      ...messages.filter(({ sequence }) => within(covers, sequence)),
    ],
  };
}

/**
 * The summaries that bring a session to half of what is free beside what must be shown, so that the next time is far.
 * The newest groups are taken only if nothing else helps.
 */
async function shortened(sources: Sources, full: Full): Promise<NewSummary[]> {
  const { sessionId, counter, usable, active, under } = full;
  const made: NewSummary[] = [];
  let { frontier, tail, tokens } = full;
  for (const keep of [KEPT_GROUPS, 0]) {
    if (tokens <= usable) break;
    const divided = divide(tail, measureBy(counter));
    const sizing = sizingOf({ usable, divided, counter });
    const block = oldest(divided, { keep, spare: spareFor(usable, { frontier, divided, sizing }) });
    const node =
      block.length > 0 ? digested(sizing, { id: sources.newId('sum'), sessionId, block }) : undefined;
    if (node) {
      made.push(node);
      frontier = withNode(frontier, node);
      tokens += node.tokens - node.covered_tokens;
      tail = tail.filter(({ sequence }) => !within(node.covers, sequence));
    }
    const higher = await condensed({ sources, sizing, active, under }, frontier);
    if (!higher) continue;
    made.push(higher);
    tokens += higher.tokens - tokensOf(frontier);
    frontier = [summaryOf(higher, 0)];
  }
  return made;
}

type Sized = { readonly divided: Pick<Divided, 'fixed'> };

/** Half of what is free within so many tokens beside what must be shown, the summaries that stand and one more. */
export function spareFor(
  tokens: number,
  { frontier, divided, sizing }: Sized & Pick<Stand, 'frontier'> & { readonly sizing: Sizing },
): number {
  const standing = Math.min(tokensOf(frontier), sizing.most);
  return Math.floor(Math.max(0, tokens - divided.fixed - standing - sizing.room) / 2);
}

/** Summaries may take a quarter of the budget together, and half of what must be shown leaves free. */
export const mostTogether = (usable: number, fixed: number): number =>
  Math.floor(Math.max(0, Math.min(usable / 4, (usable - fixed) / 2)));

export function sizingOf({ usable, divided, counter }: Sized & Pick<Full, 'usable' | 'counter'>): Sizing {
  const measure = measureBy(counter);
  const most = mostTogether(usable, divided.fixed);
  const room = Math.max(leastRoom(measure), Math.min(MOST_ROOM, Math.floor(most / 2)));
  return { measure, tokenizer: counter.tokenizer, room, most };
}

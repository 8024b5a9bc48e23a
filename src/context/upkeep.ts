import { budgetOf } from '../session/budget.js';
import type { MessageCounter } from '../session/count.js';
import { frontierOf, type Summary } from '../session/frontier.js';
import type { Parts as SessionParts } from '../session/parts.js';
import { addSummary } from '../session/summarise.js';
import { usageOf } from '../session/usage.js';
import type { StoredSession } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { type Divided, divide, oldest, tailOf } from './block.js';
import { condense, digested, type Sizing } from './cover.js';
import { leastRoom } from './level3.js';
import { measureBy } from './measure.js';

type About = { readonly session: StoredSession; readonly counter: MessageCounter };

/** Call/result groups that stay word for word as long as that is possible. */
export const KEPT_GROUPS = 4;
const MOST_ROOM = 4000;

/**
 * Compacts a session that has outgrown its budget, to half of what is free beside what must be shown, so that the next
 * time is far. Without a model; the newest groups are taken only if nothing else helps. Returns how many summaries it made.
 */
export async function compactWhenFull(
  { sources, options }: Pick<SessionParts, 'sources' | 'options'>,
  writer: Writer,
  { session, counter }: About,
): Promise<number> {
  const { usable } = budgetOf(options, session);
  let made = 0;
  for (const keep of [KEPT_GROUPS, 0]) {
    const frontier = await frontierOf(writer, session.id);
    const { tokens } = await usageOf(writer, { session, frontier }, options);
    if (tokens <= usable) return made;
    const divided = divide(await tailOf(writer, session.id, frontier), measureBy(counter));
    const sizing = sizingOf({ usable, divided, counter });
    const standing = frontier.reduce((sum, node) => sum + node.tokens, 0);
    const free = Math.max(0, usable - divided.fixed - Math.min(standing, sizing.most) - sizing.room);
    const block = oldest(divided, { keep, spare: Math.floor(free / 2) });
    const ground = { sources, writer, sizing };
    const draft =
      block.length > 0
        ? digested(sizing, { id: sources.newId('sum'), sessionId: session.id, block })
        : undefined;
    const node = draft && (await addSummary(sources, writer, draft));
    if (node) made += 1;
    if (await condense(ground, ordered([...frontier, ...(node ? [node] : [])]))) made += 1;
  }
  return made;
}

/** Summaries may take a quarter of the budget together, and half of what must be shown leaves free. */
export function sizingOf({
  usable,
  divided,
  counter,
}: {
  readonly usable: number;
  readonly divided: Pick<Divided, 'fixed'>;
  readonly counter: MessageCounter;
}): Sizing {
  const measure = measureBy(counter);
  const most = Math.floor(Math.max(0, Math.min(usable / 4, (usable - divided.fixed) / 2)));
  const room = Math.max(leastRoom(measure), Math.min(MOST_ROOM, Math.floor(most / 2)));
  return { measure, tokenizer: counter.tokenizer, room, most };
}

/** By where they end, as the frontier is. */
export const ordered = (nodes: readonly Summary[]): Summary[] =>
  nodes.toSorted((a, b) => a.last_sequence - b.last_sequence);

import type { Countable, MessageCounter } from '../session/count.js';

/** How contexts are counted: a message with its framing, and what a text adds to one. */
export type Measure = { message(message: Countable): number; text(text: string): number };

export function measureBy({ count }: Pick<MessageCounter, 'count'>): Measure {
  const empty = count({ parts: [] });
  return { message: count, text: text => count({ parts: [{ type: 'text', text }] }) - empty };
}

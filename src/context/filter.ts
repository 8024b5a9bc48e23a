import type { Message, Role } from '../schema/message.js';
import { parseTime, timeArgument } from '../text/time.js';

export type Filters = {
  readonly roles?: readonly Role[] | undefined;
  /** ISO 8601; what came before is left out, system messages excepted. */
  readonly since?: string | undefined;
};

/**
 * Which messages of a conversation to look at. One without a time of its own came when `arrived` says (Unix
 * milliseconds, by id), else with the one before it. Throws `invalid` for a `since` that is no time.
 */
export function filterOf(
  messages: readonly Message[],
  { roles, since, arrived }: Filters & { readonly arrived?: ReadonlyMap<string, number> | undefined },
): (message: Message) => boolean {
  const from = timeArgument('since', since);
  const wanted = new Set(roles);
  const recent = from === undefined ? undefined : newerThan(messages, from, arrived);
  return message =>
    (wanted.size === 0 || wanted.has(message.role)) &&
    (recent === undefined || message.role === 'system' || recent.has(message));
}

function newerThan(
  messages: readonly Message[],
  from: number,
  arrived: ReadonlyMap<string, number> = new Map(),
): ReadonlySet<Message> {
  let time = Number.NEGATIVE_INFINITY;
  return new Set(
    messages.filter(({ id, timestamp }) => {
      time = (timestamp === undefined ? undefined : parseTime(timestamp)) ?? arrived.get(id) ?? time;
      return time >= from;
    }),
  );
}

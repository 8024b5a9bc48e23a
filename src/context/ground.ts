import type { Summary } from '../session/frontier.js';
import type { Ground, Parts } from '../session/parts.js';
import { fullnessOf } from '../session/usage.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';

/** How a session stands: its frontier, and how full its context is. */
export type Stand = {
  readonly frontier: readonly Summary[];
  readonly tokens: number;
  readonly usable: number;
};

export async function standOf(
  { options }: Pick<Parts, 'options'>,
  reader: Reader,
  session: StoredSession,
): Promise<Stand> {
  const { frontier, usage } = await fullnessOf(reader, session, options);
  return { frontier, tokens: usage.tokens, usable: usage.usable };
}

export const groundOf = (last_sequence: number, { tokens, usable, frontier }: Stand): Ground => ({
  ...{ last_sequence, tokens, usable },
  frontier: frontier.map(({ id }) => id),
});

/**
 * Whether all that a summary is made of is the same. Messages never change; as long as none is new they can only be
 * hidden or purged, which makes them fewer tokens.
 */
export const isSame = (before: Ground, now: Ground): boolean =>
  before.last_sequence === now.last_sequence &&
  before.tokens === now.tokens &&
  before.usable === now.usable &&
  before.frontier.length === now.frontier.length &&
  before.frontier.every((id, at) => id === now.frontier[at]);

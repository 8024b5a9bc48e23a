import { EngineError } from '../errors.js';
import type { Message } from '../schema/message.js';
import { isUser } from '../session/own-words.js';
import type { Linked, Unit, Units } from './groups.js';

/** What becomes of each message, by its place among the linked ones, and where a summary stands. */
export type Plan = {
  readonly shown: readonly number[];
  /** Under the one summary. */
  readonly covered: readonly number[];
  readonly dropped: readonly number[];
  readonly summary: { readonly before: number; readonly room: number } | undefined;
  /** How often what was already shown had to change as the sequence grew. */
  readonly steps: number;
};

export type Ground = {
  readonly linked: readonly Linked[];
  readonly budget: number;
  /** Tokens of the opener, and the least a summary needs, which is never less. */
  readonly opener: number;
  readonly leastRoom: number;
};

/** Stands first where the conversation as shown would begin with somebody else than the user. */
export const OPENER = '[Earlier messages, if any, are not shown.]';
const MOST_ROOM = 4000;
const ROOM_SHARE = 0.2;

/** Tokens a summary's message may take beside what is shown already; 0 when it would not hold a digest. */
export function summaryRoom({ budget, leastRoom }: Ground, taken: number): number {
  const left = budget - taken;
  if (left < leastRoom) return 0;
  return Math.min(left, Math.max(leastRoom, Math.min(MOST_ROOM, Math.floor(budget * ROOM_SHARE))));
}

/** System messages and the newest message of the user, with what belongs to them. */
export function mandatory(linked: readonly Linked[], units: Units): Set<Unit> {
  const newest = units.of(linked.findLastIndex(({ message }) => isUser(message)));
  return new Set(units.all().filter(unit => unit.system || unit === newest));
}

export const sumTokens = (units: Iterable<Unit>): number => {
  let sum = 0;
  for (const unit of units) sum += unit.tokens;
  return sum;
};

/** The place of the first message of some units that is no system message. */
export function firstSaid(linked: readonly Linked[], units: Iterable<Unit>): number | undefined {
  let first: number | undefined;
  for (const { members } of units)
    for (const place of members)
      if (linked[place]?.message.role !== 'system' && (first === undefined || place < first)) first = place;
  return first;
}

/** What the opener costs these messages: nothing where the user speaks first. */
export function opening({ linked, opener }: Ground, units: Iterable<Unit>): number {
  const first = firstSaid(linked, units);
  return first === undefined || opens(linked[first]?.message) ? 0 : opener;
}

/** A message of the user without words does not open a conversation: Anthropic takes none. */
export const opens = (message: Message | undefined): boolean =>
  message?.role === 'user' &&
  message.parts.some(part => part.type === 'file_ref' || (part.type === 'text' && part.text.trim() !== ''));

export const placesOf = (units: Iterable<Unit>): number[] =>
  [...units].flatMap(unit => unit.members).sort((a, b) => a - b);

/** What must be shown is more than there is room for. */
export function tooLarge(ground: Ground, must: ReadonlySet<Unit>): EngineError {
  const { budget } = ground;
  const system = sumTokens([...must].filter(unit => unit.system));
  const user = sumTokens([...must].filter(unit => !unit.system));
  const extra = opening(ground, must);
  return new EngineError(
    'too_large',
    `System messages take ${system} tokens and the newest user message with what belongs to it ${user + extra}: ${system + user + extra} of a budget of ${budget}, and neither is ever cut.`,
    'Raise max_tokens or name a model with a larger context, or shorten that message.',
  );
}

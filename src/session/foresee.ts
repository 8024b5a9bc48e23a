import type { Message } from '../schema/message.js';
import type { Reader } from '../store/store.js';
import { budgetOf } from './budget.js';
import { tokensOf } from './count.js';
import type { Summary } from './frontier.js';
import { identify } from './identify.js';
import { referring } from './large.js';
import { namedSession, type Opening, settings } from './opening.js';
import type { Parts, Thought, Upkeep } from './parts.js';
import type { Placing } from './place.js';
import { fullnessOf } from './usage.js';

/** A session as it will be when messages have been appended to it: what upkeep can be thought of before they are. */
export type Coming = {
  /** Undefined for one that is opened with them, or whose earlier messages they replace. */
  readonly sessionId: string | undefined;
  readonly last_sequence: number;
  readonly frontier: readonly Summary[];
  /** Of the context with the new messages. */
  readonly tokens: number;
  readonly usable: number;
  readonly counter: Placing['counter'];
  /** In order of their numbers. */
  readonly messages: readonly Message[];
};

export type Foreseen = {
  /** Of the messages given, in order. */
  readonly ids: readonly string[];
  readonly thought: Thought;
};

type Asked = { readonly asked: Opening; readonly placing: Placing; readonly replace: boolean };

/** What an append will have to compact; undefined for most, which leave room. */
export async function foresee(
  { sources, options, upkeep }: Parts & { readonly upkeep: Upkeep },
  reader: Reader,
  { asked, placing, replace }: Asked,
): Promise<Foreseen | undefined> {
  const known = await namedSession(reader, asked);
  const before = replace ? undefined : known;
  const full = before && (await fullnessOf(reader, before, options));
  const used = full?.usage.tokens ?? 0;
  const { usable } = budgetOf(options, settings(known, asked));
  if (used + placing.tokens.reduce((sum, tokens) => sum + tokens, 0) <= usable) return undefined;
  const newId = () => sources.newId('msg');
  const { identified } = await identify(reader, before?.id, { drafts: placing.drafts, newId });
  const from = known?.last_sequence ?? 0;
  const messages = identified
    .filter(one => !one.known)
    .map(({ id, index, draft }, at): Message => {
      const kept = referring(draft, placing.large[index] ?? [], { ...options, idOf: one => one.id });
      return { id, ...kept, sequence: from + 1 + at, tokens: placing.tokens[index] ?? 0 };
    });
  const coming: Coming = {
    sessionId: before?.id,
    last_sequence: from + messages.length,
    frontier: full?.frontier ?? [],
    tokens: used + tokensOf(messages),
    usable,
    counter: placing.counter,
    messages,
  };
  return { ids: identified.map(({ id }) => id), thought: await upkeep.foresee(reader, coming) };
}

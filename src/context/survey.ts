import type { Message } from '../schema/message.js';
import { budgetOf } from '../session/budget.js';
import { type MessageCounter, messageCounter, tokensOf } from '../session/count.js';
import type { Summary } from '../session/frontier.js';
import { fullnessOf } from '../session/usage.js';
import { type StoredSession, sessionById } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { claimsOf } from '../store/writer-calls.js';
import { reachOf } from '../writing/reach.js';
import { type Divided, divide, oldest, tailOf } from './block.js';
import { type Sizing, tooLarge } from './cover.js';
import { measureBy } from './measure.js';
import type { Parts } from './parts.js';
import { KEPT_GROUPS, sizingOf, spareFor } from './upkeep.js';

/** A session as it stood at one moment, and what its upkeep needs. */
export type Survey = {
  readonly session: StoredSession;
  readonly frontier: readonly Summary[];
  readonly tokens: number;
  readonly usable: number;
  readonly counter: MessageCounter;
  readonly divided: Divided;
  readonly sizing: Sizing;
  /** Summaries that a model was asked to better often enough. */
  readonly given_up: ReadonlySet<string>;
};

/** Undefined when the session is gone or was deleted. */
export async function survey(
  parts: Pick<Parts, 'store' | 'options'>,
  namespace: string,
  sessionId: string,
): Promise<Survey | undefined> {
  const known = await parts.store.read(namespace, reader => sessionById(reader, sessionId));
  if (!known || known.hidden_at !== null) return undefined;
  const counter = await messageCounter(budgetOf(parts.options, known));
  return parts.store.read(namespace, reader => look(parts, reader, { sessionId, counter }));
}

async function look(
  { options }: Pick<Parts, 'options'>,
  reader: Reader,
  { sessionId, counter }: { readonly sessionId: string; readonly counter: MessageCounter },
): Promise<Survey | undefined> {
  const session = await sessionById(reader, sessionId);
  if (!session || session.hidden_at !== null) return undefined;
  const { frontier, usage } = await fullnessOf(reader, session, options);
  const { tokens, usable } = usage;
  const divided = divide(await tailOf(reader, sessionId, frontier), measureBy(counter));
  return {
    session,
    frontier,
    tokens,
    usable,
    counter,
    divided,
    sizing: sizingOf({ usable, divided, counter }),
    given_up: await givenUp(reader, frontier),
  };
}

/** How often a model is asked for a better summary of the same messages. */
const ATTEMPTS = 3;

/** Those of some summaries that no model is asked to better any more. */
export async function givenUp(reader: Reader, nodes: readonly Summary[]): Promise<ReadonlySet<string>> {
  const ids = nodes.map(({ id }) => id);
  const claims = await claimsOf(reader, ids);
  return new Set(claims.flatMap(({ subject, attempts }) => (attempts >= ATTEMPTS ? [subject] : [])));
}

export type Task =
  | { readonly is: 'cover'; readonly block: readonly Message[] }
  | { readonly is: 'condense'; readonly nodes: readonly Summary[] }
  | { readonly is: 'improve'; readonly node: Summary };

/** What is worth covering: a tenth of the budget, or half of what one question to a model can hold. */
export const leastTaken = (usable: number, most: number): number => Math.min(usable / 10, most / 2);

/** What is to be done for a session next, if anything. */
export function taskOf(
  { frontier, tokens, usable, divided, sizing, given_up }: Survey,
  { options, model }: Pick<Parts, 'options' | 'model'>,
): Task | undefined {
  const soft = Math.floor(usable * options.softThreshold);
  const most = model ? reachOf(options) : Number.POSITIVE_INFINITY;
  if (tokens > soft) {
    const spare = spareFor(soft, { frontier, divided, sizing });
    const block = oldest(divided, { keep: KEPT_GROUPS, spare, most });
    if (tokensOf(block) >= leastTaken(usable, most)) return { is: 'cover', block };
  }
  if (tooLarge(frontier, sizing)) return { is: 'condense', nodes: frontier };
  const node = frontier.find(
    ({ id, level, parents, covered_tokens }) =>
      level === 3 && !given_up.has(id) && (parents.length > 0 || covered_tokens <= most),
  );
  return model && node ? { is: 'improve', node } : undefined;
}

/** Tokens of what may stand in the place of a digest, so that the context stays within its budget. */
export const mostFor = (
  node: Summary,
  { tokens, usable, sizing }: Pick<Survey, 'tokens' | 'usable' | 'sizing'>,
): number => Math.min(node.covered_tokens - 1, sizing.most, Math.max(0, usable - tokens) + node.tokens);

import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Message } from '../schema/message.js';
import type { Scope } from '../schema/scope.js';
import { describeScope, describeWritten, scopeToRead } from '../scope.js';
import { openBody } from '../session/body.js';
import { budgetOf } from '../session/budget.js';
import { type MessageCounter, messageCounter } from '../session/count.js';
import { demandSession } from '../session/find.js';
import { frontierOf } from '../session/frontier.js';
import type { Parts as SessionParts } from '../session/parts.js';
import { everyRow } from '../store/every-row.js';
import { visibleMessages } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader, Store } from '../store/store.js';
import { modelNamed } from '../text/models.js';
import { type Standing, standingOf } from './frontier.js';
import { givenMessages } from './given.js';

export type Asked = {
  /** Id, URI or external id. */
  readonly session_id?: string | undefined;
  /** A conversation that is not stored, in plain, OpenAI or Anthropic shape. */
  readonly messages?: readonly unknown[] | undefined;
  readonly model?: string | undefined;
  readonly max_tokens?: number | undefined;
};

/** What a context is built from, and how it is counted. */
export type Source = {
  readonly messages: readonly Message[];
  readonly budget: number;
  readonly counter: MessageCounter;
  /** When each was stored, by id. */
  readonly arrived: ReadonlyMap<string, number> | undefined;
  /** Stored summaries that stand for messages, oldest first. */
  readonly frontier: readonly Standing[];
  /** How to read all of it. */
  readonly whole: string | undefined;
  /** What a session is about. */
  readonly about: Scope | undefined;
  readonly scope: string;
};

type Parts = { readonly store: Store; readonly options: SessionParts['options'] };

/** Throws `invalid` unless exactly one of session and messages is given, and `not_found`. */
export async function sourceOf(parts: Parts, asked: Asked, call: Call): Promise<Source> {
  const { session_id, messages } = asked;
  if ((session_id === undefined) === (messages === undefined))
    throw new EngineError(
      'invalid',
      session_id === undefined
        ? 'Neither session_id nor messages is given.'
        : 'Both session_id and messages are given.',
      'Give the session to build from, or the messages themselves.',
    );
  if (session_id === undefined) {
    const { budget, counter } = await sizing(parts, asked, undefined);
    const scope = describeScope(scopeToRead({}, call.home));
    return {
      messages: givenMessages(messages ?? [], counter),
      budget,
      counter,
      arrived: undefined,
      frontier: [],
      whole: undefined,
      about: undefined,
      scope,
    };
  }
  return fromSession(parts, { asked, id: session_id }, call);
}

async function fromSession(
  parts: Parts,
  { asked, id }: { readonly asked: Asked; readonly id: string },
  { namespace }: Call,
): Promise<Source> {
  const session = await parts.store.read(namespace, reader => demandSession(reader, id));
  if (session.hidden_at !== null)
    throw new EngineError(
      'not_found',
      `Session ${session.id} was deleted.`,
      'Append to it with create: true to begin it anew, or build from another session.',
    );
  const { budget, counter } = await sizing(parts, asked, session);
  return {
    ...(await parts.store.read(namespace, reader => stored(reader, session.id, counter))),
    budget,
    counter,
    whole: `fetch session://${session.id}`,
    about: session.scope,
    scope: describeWritten(session.scope),
  };
}

/** A named model brings its own limits; without one those of the session hold. */
async function sizing(
  { options }: Parts,
  { model, max_tokens }: Asked,
  session: StoredSession | undefined,
): Promise<{ readonly budget: number; readonly counter: MessageCounter }> {
  const other = model !== undefined && model !== session?.model;
  const sized = {
    model: model ?? session?.model ?? null,
    context_limit: other ? null : (session?.context_limit ?? null),
    max_output: other ? null : (session?.max_output ?? null),
  };
  const limits = { context_limit: options.contextLimit, max_output: options.maxOutput };
  const named = modelNamed(sized.model, { defaults: limits, overrides: options.models ?? [] });
  const counter = await messageCounter(named);
  return {
    budget: max_tokens ?? budgetOf(options, sized).usable,
    counter,
  };
}

const PAGE = 1000;

/** What is not hidden, in order, counted anew where it was counted for another tokenizer. */
async function stored(
  reader: Reader,
  sessionId: string,
  counter: MessageCounter,
): Promise<Pick<Source, 'messages' | 'arrived' | 'frontier'>> {
  const frontier = (await frontierOf(reader, sessionId)).map(standingOf);
  const messages: Message[] = [];
  const arrived = new Map<string, number>();
  const rows = everyRow({ by: 'sequence', from: 0 }, after =>
    visibleMessages(reader, sessionId, { after, limit: PAGE }),
  );
  for await (const { id, content, created_at } of rows) {
    const { tokenizer, client_id: _client, ...message } = openBody(content);
    const tokens = tokenizer === counter.tokenizer ? message.tokens : counter.count(message);
    messages.push({ id, ...message, tokens });
    arrived.set(id, created_at);
  }
  return { messages, arrived, frontier };
}

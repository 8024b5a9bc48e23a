import { EngineError } from '../errors.js';
import { leastTrusted } from '../memory/draft.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import type { Message } from '../schema/message.js';
import { describeWritten } from '../scope.js';
import { everyRow } from '../store/every-row.js';
import { messageById, messagesAt, newestVisible, visibleMessages, visibleTokens } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader, Store } from '../store/store.js';
import { formatTime } from '../text/time.js';
import { openMessage } from './body.js';
import { tokensOf } from './count.js';
import { demandSession } from './find.js';
import { messageText } from './render.js';

export type SessionReading = {
  /** Id, URI or external id. */
  readonly id: string;
  /** Only the newest so many messages. */
  readonly last?: number | undefined;
  /** Unix milliseconds: as it was then. */
  readonly asOf?: number | undefined;
};

export type ShownSession = {
  /** Every message under its number and role. */
  readonly text: string;
  readonly meta: Readonly<Record<string, string | number | readonly string[]>>;
  readonly scope: string;
  /** What tools returned came from outside. */
  readonly trust: Trust;
};

/** A session for reading. Throws `not_found`. */
export const readSession = (
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  { id, last, asOf }: SessionReading,
): Promise<ShownSession> =>
  store.read(namespace, async reader => {
    const session = await demandSession(reader, id);
    if (asOf !== undefined && asOf < session.created_at)
      throw new EngineError(
        'not_found',
        `Session ${session.id} was not opened yet at ${formatTime(asOf)}.`,
        'Leave as_of out to read it as it is now.',
      );
    const { shown, messages, tokens } = await shownOf(reader, session.id, { last, asOf });
    const trusts = shown.map(({ parts }) => trustOf(parts, session));
    return {
      text: shown.map(messageText).join('\n\n'),
      meta: { ...about(session), messages, shown: shown.length, tokens },
      scope: describeWritten(session.scope),
      trust: leastTrusted([session.trust, ...trusts]),
    };
  });

/** One message, hidden or not, by its id or URI. Throws `not_found`. */
export const readMessage = (
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  ref: string,
): Promise<ShownSession> =>
  store.read(namespace, async reader => {
    const stored = await messageById(reader, ref.trim().replace(/^message:\/\//, ''));
    if (!stored)
      throw new EngineError(
        'not_found',
        `There is no message ${JSON.stringify(ref.slice(0, 200))}.`,
        'Take the id from message_ids of session_append; what was purged is gone.',
      );
    const session = await demandSession(reader, stored.session_id);
    const message = openMessage(stored);
    const { id, role, sequence, tokens, blobs = [] } = message;
    const kept = blobs.length === 0 ? {} : { blobs: blobs.map(({ blob_id }) => `blob://${blob_id}`) };
    const hidden = stored.hidden_at === null ? {} : { hidden_at: formatTime(stored.hidden_at) };
    const times = { created_at: formatTime(stored.created_at), ...hidden };
    return {
      text: messageText(message),
      meta: { id, session: `session://${session.id}`, role, sequence, tokens, ...kept, ...times },
      scope: describeWritten(session.scope),
      trust: trustOf(message.parts, session),
    };
  });

/** What a tool returned came from outside. */
const trustOf = (parts: Message['parts'], { trust }: StoredSession): Trust =>
  leastTrusted([trust, parts.some(({ type }) => type === 'tool_result') ? 'tool' : 'user']);

function about(session: StoredSession): Record<string, string | number> {
  const { id, external_id, model, context_limit, max_output, created_at, updated_at, hidden_at } = session;
  return {
    id,
    ...(external_id !== null && { external_id }),
    ...(model !== null && { model }),
    ...(context_limit !== null && { context_limit }),
    ...(max_output !== null && { max_output }),
    created_at: formatTime(created_at),
    updated_at: formatTime(updated_at),
    ...(hidden_at !== null && { deleted_at: formatTime(hidden_at) }),
  };
}

type Shown = {
  readonly shown: readonly Message[];
  /** How many there are and what they count together, shown or not. */
  readonly messages: number;
  readonly tokens: number;
};

async function shownOf(
  reader: Reader,
  sessionId: string,
  { last, asOf }: Omit<SessionReading, 'id'>,
): Promise<Shown> {
  if (last !== undefined && asOf === undefined) {
    const sums = await visibleTokens(reader, sessionId);
    const newest = await newestVisible(reader, sessionId, last);
    return {
      shown: newest.reverse().map(openMessage),
      messages: sums.reduce((sum, { count }) => sum + count, 0),
      tokens: tokensOf(sums),
    };
  }
  const all = await messagesOf(reader, sessionId, asOf);
  return {
    shown: last === undefined ? all : all.slice(Math.max(0, all.length - last)),
    messages: all.length,
    tokens: tokensOf(all),
  };
}

const PAGE = 1000;

async function messagesOf(reader: Reader, sessionId: string, asOf: number | undefined): Promise<Message[]> {
  const all: Message[] = [];
  const stored = everyRow({ by: 'sequence', from: 0 }, after =>
    asOf === undefined
      ? visibleMessages(reader, sessionId, { after, limit: PAGE })
      : messagesAt(reader, sessionId, { after, limit: PAGE, at: asOf }),
  );
  for await (const message of stored) all.push(openMessage(message));
  return all;
}

import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import type { Message } from '../schema/message.js';
import { describeWritten } from '../scope.js';
import { type MessagePage, messagesAt, type StoredMessage, visibleMessages } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader, Store } from '../store/store.js';
import { formatTime } from '../text/time.js';
import { openMessage } from './body.js';
import { demandSession } from './find.js';
import { messageText } from './render.js';

/** What is not hidden, in order, after a sequence. */
export async function sessionMessages(
  reader: Reader,
  sessionId: string,
  page: MessagePage,
): Promise<Message[]> {
  return (await visibleMessages(reader, sessionId, page)).map(openMessage);
}

export type Reading = {
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
  readonly meta: Readonly<Record<string, string | number>>;
  readonly scope: string;
  /** What tools returned came from outside. */
  readonly trust: Trust;
};

/** A session for reading. Throws `not_found`. */
export const readSession = (
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  { id, last, asOf }: Reading,
): Promise<ShownSession> =>
  store.read(namespace, async reader => {
    const session = await demandSession(reader, id);
    if (asOf !== undefined && asOf < session.created_at)
      throw new EngineError(
        'not_found',
        `Session ${session.id} was not opened yet at ${formatTime(asOf)}.`,
        'Leave as_of out to read it as it is now.',
      );
    const messages = await messagesOf(reader, session.id, asOf);
    const shown = last === undefined ? messages : messages.slice(Math.max(0, messages.length - last));
    const fromTools = shown.some(({ parts }) => parts.some(({ type }) => type === 'tool_result'));
    return {
      text: shown.map(messageText).join('\n\n'),
      meta: { ...about(session), messages: messages.length, shown: shown.length, tokens: sum(messages) },
      scope: describeWritten(session.scope),
      trust: session.trust === 'import' ? 'import' : fromTools ? 'tool' : session.trust,
    };
  });

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

const sum = (messages: readonly Message[]): number =>
  messages.reduce((total, { tokens }) => total + tokens, 0);

const PAGE = 1000;

async function messagesOf(reader: Reader, sessionId: string, asOf: number | undefined): Promise<Message[]> {
  const all: Message[] = [];
  for (let after = 0; ; ) {
    const asked = { after, limit: PAGE };
    const page: StoredMessage[] =
      asOf === undefined
        ? await visibleMessages(reader, sessionId, asked)
        : await messagesAt(reader, sessionId, { ...asked, at: asOf });
    all.push(...page.map(openMessage));
    const end = page.at(-1);
    if (!end) return all;
    after = end.sequence;
  }
}

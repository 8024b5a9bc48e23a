import { EngineError } from '../errors.js';
import { leastTrusted } from '../memory/draft.js';
import type { Call } from '../schema/call.js';
import type { Message } from '../schema/message.js';
import { describeWritten } from '../scope.js';
import { messagesBetween } from '../store/messages.js';
import type { Reader, Store } from '../store/store.js';
import { summaryById } from '../store/summaries.js';
import { formatTime } from '../text/time.js';
import { openMessage } from './body.js';
import { demandSession } from './find.js';
import { openSummary, type Summary } from './frontier.js';
import type { ShownSession } from './read.js';
import { messageText } from './render.js';

/** The line between the text of a summary and the messages under it. */
const BELOW = '--- The messages it covers, word for word: ---';

/** A summary for reading: its text and, below a line, exactly the messages it covers. Throws `not_found`. */
export const readSummary = (
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  { id: ref, whole = true }: { readonly id: string; readonly whole?: boolean },
): Promise<ShownSession> =>
  store.read(namespace, async reader => {
    const stored = await summaryById(reader, ref.trim().replace(/^summary:\/\//, ''));
    if (!stored)
      throw new EngineError(
        'not_found',
        `There is no summary ${JSON.stringify(ref.slice(0, 200))}.`,
        'Take the uri from context_compact or from a built context; what was purged is gone.',
      );
    const summary = openSummary(stored);
    const session = await demandSession(reader, summary.session_id);
    const messages = await messagesUnder(reader, summary);
    const below = whole ? ['', BELOW, '', messages.map(messageText).join('\n\n')] : [];
    const foreign = messages.some(({ parts }) => parts.some(({ type }) => type === 'tool_result'));
    return {
      text: [summary.text, ...below].join('\n'),
      meta: { ...about(summary), messages: messages.length },
      scope: describeWritten(session.scope),
      trust: leastTrusted([session.trust, foreign ? 'tool' : 'agent']),
    };
  });

function about(summary: Summary): Record<string, string | number | readonly string[]> {
  const { id, session_id, level, by, covers, parents, tokens, covered_tokens, created_at, ended_at } =
    summary;
  return {
    id,
    session: `session://${session_id}`,
    level,
    ...(by !== undefined && { written_by: by }),
    covers: covers.map(([first, last]) => `${first}-${last}`).join(', '),
    ...(parents.length > 0 && { parents: parents.map(parent => `summary://${parent}`) }),
    tokens,
    covered_tokens,
    created_at: formatTime(created_at),
    ...(ended_at !== null && { ended_at: formatTime(ended_at) }),
  };
}

/** Exactly the messages under a summary, in order, whether they were hidden since or not. */
export async function messagesUnder(
  reader: Reader,
  { session_id, covers }: Pick<Summary, 'session_id' | 'covers'>,
): Promise<Message[]> {
  const messages: Message[] = [];
  for (const [first, last] of covers)
    messages.push(...(await messagesBetween(reader, session_id, { first, last })).map(openMessage));
  return messages;
}

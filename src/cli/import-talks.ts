import { ChatGPTTalk, fromChatGPT } from '../session/from-chatgpt.js';
import { ClaudeAiTalk, fromClaudeAi } from '../session/from-claude-ai.js';
import { isRecord } from '../text/json.js';
import { checked, type History, mapped } from './import-history.js';

/** What each account's export keeps the messages of a conversation under. */
const ACCOUNTS = [
  { format: 'chatgpt', under: 'mapping', read: (talk: unknown) => fromChatGPT(ChatGPTTalk.parse(talk)) },
  {
    format: 'claude.ai',
    under: 'chat_messages',
    read: (talk: unknown) => fromClaudeAi(ClaudeAiTalk.parse(talk)),
  },
] as const;

/**
 * The conversations of a `conversations.json` that ChatGPT or Claude.ai exported, or one of them; undefined for any other
 * document. Throws `invalid`, which names the first bad place.
 */
export function readTalks(document: unknown): History | undefined {
  const given: readonly unknown[] = Array.isArray(document) ? document : [document];
  const account = ACCOUNTS.find(({ under }) =>
    given.some(talk => isRecord(talk) && typeof talk[under] === 'object'),
  );
  if (!account) return undefined;
  const leftOut: Record<string, number> = {};
  const conversations = given.flatMap((talk, index) => {
    const place = `conversation ${index + 1}`;
    const { name, model, messages, ...out } = mapped(place, () => account.read(talk));
    for (const [why, count] of Object.entries(out.leftOut))
      if (count > 0) leftOut[why] = (leftOut[why] ?? 0) + count;
    const all = messages.map((message, at) => checked(message, `${place}, message ${at + 1}`));
    return all.length === 0 ? [] : { external_id: name, model, messages: all };
  });
  return { format: account.format, conversations, leftOut };
}

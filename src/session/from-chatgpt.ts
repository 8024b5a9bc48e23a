import * as z from 'zod';
import { type GivenMessage, type Part, ROLES } from '../schema/message.js';
import { isRecord } from '../text/json.js';
import { cut } from '../text/shorten.js';
import { formatTime } from '../text/time.js';
import { readArguments } from './from-openai.js';
import { branchTo, type Talk, wordsOf } from './talk.js';

const Content = z.looseObject({ content_type: z.string(), parts: z.array(z.unknown()).nullish() });
const Message = z.looseObject({
  id: z.string().min(1).max(150),
  author: z.looseObject({ role: z.enum(ROLES), name: z.string().nullish() }),
  create_time: z.number().min(0).max(8e12).nullish(),
  recipient: z.string().nullish(),
  weight: z.number().nullish(),
  content: Content.nullish(),
  metadata: z.looseObject({ is_visually_hidden_from_conversation: z.boolean().nullish() }).nullish(),
});
type Message = z.output<typeof Message>;

/** A conversation of the `conversations.json` that ChatGPT exports: messages by id, each with the one before it. */
export const ChatGPTTalk = z.looseObject({
  mapping: z.record(z.string(), z.looseObject({ parent: z.string().nullish(), message: Message.nullish() })),
  id: z.string().max(150).nullish(),
  conversation_id: z.string().max(150).nullish(),
  current_node: z.string().nullish(),
  default_model_slug: z.string().nullish(),
});

/** The branch that ChatGPT shows. */
export function fromChatGPT(talk: z.output<typeof ChatGPTTalk>): Talk {
  const nodes = new Map(Object.entries(talk.mapping));
  const current = talk.current_node ?? '';
  const last = nodes.has(current) ? current : ([...nodes.keys()].at(-1) ?? '');
  const branch = branchTo(nodes, { last, before: ({ parent }) => parent ?? undefined });
  const messages = branch.flatMap(({ message }) => message ?? []);
  const shown = messages.filter(
    ({ weight, metadata }) => weight !== 0 && !metadata?.is_visually_hidden_from_conversation,
  );
  const said = messagesOf(shown);
  const all = [...nodes.values()].filter(({ message }) => message).length;
  return {
    name: `chatgpt:${talk.conversation_id ?? talk.id ?? last}`,
    model: talk.default_model_slug ?? undefined,
    messages: said,
    leftOut: {
      branch: all - messages.length,
      hidden: messages.length - shown.length,
      empty: shown.length - said.length,
    },
  };
}

/** What the model says to a tool is a call; what a tool says next is its result. */
function messagesOf(shown: readonly Message[]): GivenMessage[] {
  let open: string | undefined;
  return shown.flatMap(message => {
    const { id, create_time: time } = message;
    const { role, name } = message.author;
    const said = message.content ? partsOf(message.content) : [];
    if (said.length === 0) return [];
    const calls = role === 'assistant' && (message.recipient ?? 'all') !== 'all';
    const answered = role === 'tool' ? open : undefined;
    open = calls ? id : undefined;
    return {
      id,
      role,
      ...(name && { name: cut(name, 200) }),
      ...(time && { timestamp: formatTime(Math.trunc(time * 1000)) }),
      parts: calls
        ? [callOf(message, said)]
        : answered === undefined
          ? said
          : [{ type: 'tool_result', call_id: answered, output: wordsOf(said) }],
    };
  });
}

const callOf = ({ id, recipient }: Message, said: readonly Part[]): Part => ({
  type: 'tool_call',
  call_id: id,
  name: cut(recipient ?? '', 200),
  arguments: readArguments(wordsOf(said)),
});

/** Texts and pictures lie in `parts`, what was thought in `thoughts`; of anything else the text, or all of it. */
function partsOf(content: z.output<typeof Content>): Part[] {
  const { content_type, parts, thoughts, text, result, content: recap } = content;
  if (content_type === 'thoughts' && Array.isArray(thoughts))
    return thoughts.flatMap(thought =>
      reasoning(isRecord(thought) ? thought.content || thought.summary : thought),
    );
  if (content_type === 'reasoning_recap') return reasoning(recap);
  return (parts ?? [[text, result].find(said => typeof said === 'string') ?? content]).flatMap(partOf);
}

const reasoning = (said: unknown): Part[] =>
  typeof said === 'string' && said.trim() !== '' ? [{ type: 'reasoning', text: said }] : [];

function partOf(part: unknown): Part[] {
  const said = isRecord(part) ? part.text : part;
  if (typeof said === 'string') return said.trim() === '' ? [] : [{ type: 'text', text: said }];
  if (!isRecord(part)) return [];
  const { asset_pointer: uri, content_type: mime } = part;
  if (typeof uri !== 'string' || uri === '') return [{ type: 'text', text: JSON.stringify(part) }];
  return [
    { type: 'file_ref', uri: cut(uri, 2000), ...(typeof mime === 'string' && { mime: cut(mime, 200) }) },
  ];
}

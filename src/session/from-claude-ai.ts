import * as z from 'zod';
import type { GivenMessage, Part } from '../schema/message.js';
import { cut } from '../text/shorten.js';
import { AnthropicBlocks, partsOfBlocks } from './from-anthropic.js';
import { branchTo, type Talk } from './talk.js';

const Uuid = z.string().min(1).max(150);
const File = z.looseObject({ file_name: z.string().nullish(), file_uuid: z.string().nullish() });
const Message = z.looseObject({
  uuid: Uuid,
  sender: z.enum(['human', 'assistant']),
  text: z.string().nullish(),
  content: AnthropicBlocks.nullish(),
  created_at: z.string().max(40).nullish(),
  parent_message_uuid: z.string().nullish(),
  attachments: z.array(File.extend({ extracted_content: z.string().nullish() })).nullish(),
  files: z.array(File).nullish(),
});
type Message = z.output<typeof Message>;

/** A conversation of the `conversations.json` that Claude.ai exports. */
export const ClaudeAiTalk = z.looseObject({
  uuid: Uuid,
  chat_messages: z.array(Message),
  current_leaf_message_uuid: z.string().nullish(),
  model: z.string().nullish(),
});

/** The branch that Claude.ai shows; exports of before 2026 know of none. */
export function fromClaudeAi({ uuid, model, ...talk }: z.output<typeof ClaudeAiTalk>): Talk {
  const all = new Map(talk.chat_messages.map(message => [message.uuid, message]));
  const leaf = all.get(talk.current_leaf_message_uuid ?? '') ?? talk.chat_messages.at(-1);
  const before = ({ parent_message_uuid }: Message) => parent_message_uuid ?? undefined;
  const shown = leaf?.parent_message_uuid ? branchTo(all, { last: leaf.uuid, before }) : [...all.values()];
  const said = shown.map(messagesOf).filter(({ length }) => length > 0);
  return {
    name: `claude.ai:${uuid}`,
    model: model ?? undefined,
    messages: said.flat(),
    leftOut: { branch: all.size - shown.length, empty: shown.length - said.length },
  };
}

/** What a tool gave stands among what Claude said before and after it. */
function messagesOf(message: Message): GivenMessage[] {
  const { uuid, sender, created_at: timestamp } = message;
  const turns: { role: GivenMessage['role']; parts: Part[] }[] = [];
  for (const part of partsOf(message)) {
    const role = part.type === 'tool_result' ? 'tool' : sender === 'human' ? 'user' : 'assistant';
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(part);
    else turns.push({ role, parts: [part] });
  }
  return turns.map((turn, index) => ({
    id: index === 0 ? uuid : `${uuid}#${index + 1}`,
    ...turn,
    ...(timestamp && { timestamp }),
  }));
}

function partsOf({ uuid, text, content, attachments, files }: Message): Part[] {
  const blocks = content?.length ? content : [{ type: 'text', text: text ?? '' }];
  const said = partsOfBlocks(named(blocks, uuid).filter(({ type }) => type !== 'token_budget'));
  return [
    ...(attachments ?? []).map(
      ({ file_name, extracted_content }): Part => ({
        type: 'text',
        text: [file_name, extracted_content].filter(Boolean).join('\n'),
      }),
    ),
    ...(files ?? []).map(
      ({ file_name, file_uuid }): Part => ({
        type: 'file_ref',
        uri: `claude.ai:${cut(file_uuid ?? file_name ?? 'file', 1000)}`,
        ...(file_name && { name: cut(file_name, 500) }),
      }),
    ),
    ...said,
  ].filter(part => part.type !== 'text' || part.text.trim() !== '');
}

/** Calls of before 2025 have no id; the result that follows is theirs. */
function named(blocks: z.output<typeof AnthropicBlocks>, uuid: string): z.output<typeof AnthropicBlocks> {
  let call = '';
  return blocks.map((block, index) => {
    if (block.type === 'tool_use') call = typeof block.id === 'string' ? block.id : `${uuid}#${index}`;
    if (block.type === 'tool_use') return { ...block, id: call };
    return block.type === 'tool_result'
      ? { ...block, tool_use_id: block.tool_use_id ?? (call || uuid) }
      : block;
  });
}

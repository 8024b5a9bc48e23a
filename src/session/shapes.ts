import type { Part, Role } from '../schema/message.js';
import { fileText, patchText } from './render.js';

/** What every shape is made from: a message as it is given or kept. */
export type Shapeable = {
  readonly role: Role;
  readonly name?: string | undefined;
  readonly parts: readonly Part[];
};

export type OpenAIText = { readonly type: 'text'; readonly text: string };
export type OpenAIMessage = {
  readonly role: Role;
  readonly content: string | readonly OpenAIText[] | null;
  readonly name?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: 'function';
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
};

/**
 * Chat Completions messages. Each tool result is a message of its own; reasoning is left out, as OpenAI takes none
 * back; files and patches stand as text.
 */
export const toOpenAI = (messages: readonly Shapeable[]): OpenAIMessage[] => messages.flatMap(openAIOf);

function openAIOf({ role, name, parts }: Shapeable): OpenAIMessage[] {
  const results = parts.flatMap(part =>
    part.type === 'tool_result'
      ? { role: 'tool' as const, tool_call_id: part.call_id, content: part.output }
      : [],
  );
  const calls = parts.flatMap(part =>
    part.type === 'tool_call'
      ? {
          id: part.call_id,
          type: 'function' as const,
          function: { name: part.name, arguments: argumentsText(part.arguments) },
        }
      : [],
  );
  const texts = parts.flatMap(part => openAIText(part) ?? []);
  const only = results.length > 0 && texts.length === 0 && calls.length === 0;
  if (only) return results;
  const [single] = texts;
  const content = texts.length > 1 ? texts : (single?.text ?? (calls.length > 0 ? null : ''));
  const message: OpenAIMessage = {
    // A text of the tool role has no call to answer, which OpenAI refuses.
    role: role === 'tool' ? 'user' : role,
    content,
    ...(name !== undefined && { name: openAIName(name) }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return [...results, message];
}

const openAIText = (part: Part): OpenAIText | undefined => {
  const text = plainText(part);
  return text === undefined ? undefined : { type: 'text', text };
};

/** OpenAI takes letters, digits, _ and - only, at most 64. */
const openAIName = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);

/** Arguments that were not an object of JSON are kept under this name by `fromOpenAI`, and given back as they were. */
export const RAW_ARGUMENTS = '__raw_arguments';

function argumentsText(given: Readonly<Record<string, unknown>>): string {
  const raw = given[RAW_ARGUMENTS];
  return typeof raw === 'string' && Object.keys(given).length === 1 ? raw : JSON.stringify(given);
}

export type AnthropicBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: 'tool_result';
      readonly tool_use_id: string;
      readonly content: string;
      readonly is_error?: true;
    };
export type AnthropicMessage = {
  readonly role: 'user' | 'assistant';
  readonly content: readonly AnthropicBlock[];
};
export type AnthropicHistory = { readonly system?: string; readonly messages: readonly AnthropicMessage[] };

/**
 * Anthropic Messages: system messages go into `system`, neighbours of one role become one message, results come first
 * in theirs, and what Anthropic refuses is left out: empty texts, reasoning without its signature.
 */
export function toAnthropic(messages: readonly Shapeable[]): AnthropicHistory {
  const system = messages
    .filter(({ role }) => role === 'system')
    .map(({ parts }) => parts.flatMap(part => plainText(part) ?? []).join('\n\n'))
    .filter(text => text !== '');
  const merged: { role: 'user' | 'assistant'; content: AnthropicBlock[] }[] = [];
  for (const { role: from, parts } of messages) {
    if (from === 'system') continue;
    const role = from === 'assistant' ? 'assistant' : 'user';
    const content = parts.flatMap(part => anthropicBlock(part, role));
    const last = merged.at(-1);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else merged.push({ role, content });
  }
  return {
    ...(system.length > 0 && { system: system.join('\n\n') }),
    messages: merged.map(({ role, content }) => ({ role, content: resultsFirst(content) })),
  };
}

function anthropicBlock(part: Part, role: 'user' | 'assistant'): AnthropicBlock[] {
  if (part.type === 'tool_call' && role === 'assistant')
    return [{ type: 'tool_use', id: part.call_id, name: part.name, input: part.arguments }];
  if (part.type === 'tool_result' && role === 'user')
    return [
      {
        type: 'tool_result',
        tool_use_id: part.call_id,
        content: part.output,
        ...(part.is_error && { is_error: true as const }),
      },
    ];
  if (part.type === 'reasoning') return role === 'assistant' ? thinking(part) : [];
  const text = plainText(part);
  return text === undefined || text.trim() === '' ? [] : [{ type: 'text', text }];
}

function thinking({ text, signature }: Extract<Part, { type: 'reasoning' }>): AnthropicBlock[] {
  if (signature === undefined) return [];
  return text === ''
    ? [{ type: 'redacted_thinking', data: signature }]
    : [{ type: 'thinking', thinking: text, signature }];
}

const resultsFirst = (content: readonly AnthropicBlock[]): AnthropicBlock[] => [
  ...content.filter(({ type }) => type === 'tool_result'),
  ...content.filter(({ type }) => type !== 'tool_result'),
];

/** What stands in a text as it is; undefined for calls, results and reasoning. */
function plainText(part: Part): string | undefined {
  if (part.type === 'text') return part.text;
  if (part.type === 'file_ref') return fileText(part);
  return part.type === 'patch' ? patchText(part) : undefined;
}

import * as z from 'zod';
import type { GivenMessage, Part, Role } from '../schema/message.js';
import { isRecord } from '../text/json.js';
import { mediaRef, otherPart } from './media.js';

export const AnthropicBlocks = z.array(z.looseObject({ type: z.string() }));
type Block = z.output<typeof AnthropicBlocks>[number];

/** A message of the Messages API. `system` is taken too: some hosts keep it among the messages. */
export const AnthropicShape = z.looseObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.union([z.string(), AnthropicBlocks]),
});
export type AnthropicShape = z.output<typeof AnthropicShape>;

export type AnthropicInput = {
  readonly system?: string | readonly { readonly text: string }[] | undefined;
  readonly messages: readonly AnthropicShape[];
};

/** An Anthropic-shaped history. Throws `TypeError`, which says what cannot be kept. */
export function fromAnthropic({ system, messages }: AnthropicInput): GivenMessage[] {
  const told = typeof system === 'string' ? system : system?.map(({ text }) => text).join('\n\n');
  const first: GivenMessage[] = told ? [{ role: 'system', content: told }] : [];
  return [...first, ...messages.flatMap(fromOne)];
}

function fromOne({ role, content }: AnthropicShape): GivenMessage[] {
  return splitResults(role, partsOfBlocks(content)).map(message => ({ ...message }));
}

export type Split = { readonly role: Role; readonly parts: Part[] };

/** Results that come with what a user says are a message of their own, of the role tool: nobody said them. */
export function splitResults(role: Role, parts: readonly Part[]): Split[] {
  const results = role === 'user' ? parts.filter(({ type }) => type === 'tool_result') : [];
  const said = parts.filter(part => !results.includes(part));
  return [
    ...(results.length > 0 ? [{ role: 'tool' as const, parts: results }] : []),
    ...(said.length > 0 || results.length === 0 ? [{ role, parts: said }] : []),
  ];
}

/** The parts of a message's content: a text, or blocks. */
export const partsOfBlocks = (content: string | readonly Block[]): Part[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(partOfBlock);

function partOfBlock(block: Block): Part {
  const text = (name: string) => textIn(block, name);
  switch (block.type) {
    case 'text':
      return { type: 'text', text: text('text') };
    case 'thinking': {
      const signature = typeof block.signature === 'string' ? block.signature : '';
      return { type: 'reasoning', text: text('thinking'), ...(signature !== '' && { signature }) };
    }
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', signature: text('data') };
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return { type: 'tool_call', call_id: text('id'), name: text('name'), arguments: inputOf(block.input) };
    default:
      return block.type.endsWith('tool_result') ? resultOf(block) : otherPart(block);
  }
}

function resultOf(block: Block): Part {
  return {
    type: 'tool_result',
    call_id: textIn(block, 'tool_use_id'),
    output: outputOf(block.content),
    ...(block.is_error === true && { is_error: true }),
  };
}

/** A result is a text, or blocks of which most are texts; of others their JSON or a reference is kept. */
function outputOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (content === undefined || content === null) return '';
  const blocks = AnthropicBlocks.safeParse(content);
  if (!blocks.success) return JSON.stringify(content);
  return blocks.data
    .map(block => {
      if (typeof block.text === 'string') return block.text;
      return block.type === 'image' ? JSON.stringify(mediaRef(block)) : JSON.stringify(block);
    })
    .join('\n');
}

function textIn(block: Block, name: string): string {
  const value = block[name];
  if (typeof value === 'string') return value;
  throw new TypeError(`a ${block.type} block without ${name}`);
}

const inputOf = (input: unknown): Record<string, unknown> => (isRecord(input) ? input : { input });

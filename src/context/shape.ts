import type { Message, Part } from '../schema/message.js';
import { type Shapeable, toAnthropic, toOpenAI } from '../session/shapes.js';
import { answered } from './answered.js';
import { withCallIds } from './call-ids.js';

export const SHAPES = ['plain', 'openai', 'anthropic'] as const;
export type Shape = (typeof SHAPES)[number];

/** A message in one of the shapes. */
export type ShapedMessage = { readonly role: string; readonly [field: string]: unknown };

export type Shaped = {
  readonly messages: readonly ShapedMessage[];
  /** Anthropic keeps system messages apart. */
  readonly system?: string;
};

export function shaped(messages: readonly Message[], shape: Shape): Shaped {
  if (shape === 'plain') return { messages: messages.map(plain) };
  const apart = withCallIds(answered(messages.flatMap(resultsApart)));
  return shape === 'openai' ? { messages: toOpenAI(apart) } : toAnthropic(apart);
}

/** As session_append takes it. What the context adds has no id. */
function plain({ id, sequence, role, name, parts, timestamp }: Message): ShapedMessage {
  const [only, ...more] = parts;
  const content = only?.type === 'text' && more.length === 0 ? { content: only.text } : { parts };
  return {
    ...(sequence > 0 && { id }),
    role,
    ...(name !== undefined && { name }),
    ...content,
    ...(timestamp !== undefined && { timestamp }),
  };
}

/** A call and its result in one message of the assistant are two messages elsewhere. */
function resultsApart(message: Message): Shapeable[] {
  const isResult = ({ type }: Part) => type === 'tool_result';
  if (message.role !== 'assistant' || !message.parts.some(isResult)) return [message];
  const runs: { readonly role: 'assistant' | 'tool'; readonly parts: Part[] }[] = [];
  for (const part of message.parts) {
    const role = isResult(part) ? 'tool' : 'assistant';
    const run = runs.at(-1);
    if (run?.role === role) run.parts.push(part);
    else runs.push({ role, parts: [part] });
  }
  return runs;
}

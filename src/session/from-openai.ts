import * as z from 'zod';
import type { GivenMessage, Part } from '../schema/message.js';
import { isRecord, jsonIn } from '../text/json.js';
import { otherPart } from './media.js';
import { RAW_ARGUMENTS } from './shapes.js';
import { wordsOf } from './talk.js';

const Call = z.looseObject({
  id: z.string().min(1),
  function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
});
const Content = z.looseObject({ type: z.string(), text: z.string().optional() });

/** A message of Chat Completions, of any age. */
export const OpenAIShape = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.null(), z.array(Content)]).optional(),
  name: z.string().optional(),
  refusal: z.string().nullish(),
  tool_calls: z.array(Call).nullish(),
  function_call: z.looseObject({ name: z.string().min(1), arguments: z.string() }).nullish(),
  tool_call_id: z.string().optional(),
});
export type OpenAIShape = z.output<typeof OpenAIShape>;

/**
 * An OpenAI-shaped history. `developer` is system; the functions of old are tools whose call and result share a name.
 * Throws `TypeError`, which says what cannot be kept.
 */
export const fromOpenAI = (messages: readonly OpenAIShape[]): GivenMessage[] => messages.map(fromOne);

function fromOne(message: OpenAIShape): GivenMessage {
  const { role, name, content, refusal, tool_calls, function_call } = message;
  const said = partsOf(content ?? []);
  if (role === 'tool' || role === 'function') return { role: 'tool', parts: [resultOf(message, said)] };
  const calls = (tool_calls ?? []).map(({ id, function: called }) => callOf(id, called));
  const called = function_call ? [callOf(function_call.name, function_call)] : [];
  const refused = refusal ? [{ type: 'text' as const, text: refusal }] : [];
  return {
    role: role === 'developer' ? 'system' : role,
    ...(name !== undefined && { name }),
    parts: [...said, ...refused, ...calls, ...called],
    ...(role === 'developer' && { metadata: { role: 'developer' } }),
  };
}

function partsOf(content: NonNullable<OpenAIShape['content']>): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map(part => {
    if (part.text !== undefined) return { type: 'text', text: part.text };
    if (typeof part.refusal === 'string') return { type: 'text', text: part.refusal };
    return otherPart(part);
  });
}

function resultOf({ tool_call_id, name }: OpenAIShape, said: readonly Part[]): Part {
  const call_id = tool_call_id ?? name;
  if (!call_id) throw new TypeError('a tool result without tool_call_id');
  return { type: 'tool_result', call_id, ...(name && { name }), output: wordsOf(said) };
}

const callOf = (call_id: string, called: { readonly name: string; readonly arguments: string }): Part => ({
  type: 'tool_call',
  call_id,
  name: called.name,
  arguments: readArguments(called.arguments),
});

/** A model may write arguments that are no JSON; they are kept as they are. */
export function readArguments(text: string): Record<string, unknown> {
  const value = jsonIn(text);
  return isRecord(value) ? value : { [RAW_ARGUMENTS]: text };
}

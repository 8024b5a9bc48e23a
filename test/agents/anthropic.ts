import { z } from 'zod';
import { type Events, type ModelApi, type Seen, type Turn, textOf } from './model-api.js';

const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.unknown().optional(),
});
const Body = z.looseObject({
  system: z.unknown().optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(Block)]) })),
  tools: z
    .array(
      z.looseObject({
        name: z.string(),
        description: z.string().default(''),
        input_schema: z.unknown().optional(),
      }),
    )
    .default([]),
});

/** Anthropic messages, as Claude Code asks. */
export const anthropic: ModelApi = {
  name: 'Anthropic messages',
  path: /\/messages(\?|$)/,
  read,
  stream,
  whole,
};

function read(body: unknown): Seen {
  const { system, messages, tools } = Body.parse(body);
  const blocks = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [{ type: 'text', text: content, content: undefined }] : content,
  );
  return {
    tools: tools.map(({ name, description, input_schema: schema }) => ({ name, description, schema })),
    told: [textOf(system), ...blocks.map(({ text }) => text ?? '')].join('\n'),
    results: blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => textOf(content)),
  };
}

const USAGE = { input_tokens: 1, output_tokens: 1 };
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', stop_sequence: null };

const stopOf = (turn: Turn) => ('say' in turn ? 'end_turn' : 'tool_use');

function stream(turn: Turn): Events {
  const [block, delta] =
    'say' in turn
      ? [
          { type: 'text', text: '' },
          { type: 'text_delta', text: turn.say },
        ]
      : [
          { type: 'tool_use', id: turn.id, name: turn.call.name, input: {} },
          { type: 'input_json_delta', partial_json: JSON.stringify(turn.args) },
        ];
  const events = [
    { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null, usage: USAGE } },
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: stopOf(turn), stop_sequence: null }, usage: USAGE },
    { type: 'message_stop' },
  ];
  return events.map(event => [event.type, event]);
}

function whole(turn: Turn): object {
  const content =
    'say' in turn
      ? { type: 'text', text: turn.say }
      : { type: 'tool_use', id: turn.id, name: turn.call.name, input: turn.args };
  return { ...MESSAGE, content: [content], stop_reason: stopOf(turn), usage: USAGE };
}

import { z } from 'zod';
import { type Events, type ModelApi, type Seen, type Turn, textOf } from './model-api.js';

const Body = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })),
  tools: z
    .array(
      z.looseObject({
        function: z.looseObject({
          name: z.string(),
          description: z.string().default(''),
          parameters: z.unknown().optional(),
        }),
      }),
    )
    .default([]),
});

/** OpenAI chat completions, as OpenCode asks. */
export const openaiChat: ModelApi = {
  name: 'OpenAI chat completions',
  path: /\/chat\/completions(\?|$)/,
  read,
  stream,
  whole,
};

function read(body: unknown): Seen {
  const { messages, tools } = Body.parse(body);
  const said = (tool: boolean) =>
    messages.filter(({ role }) => (role === 'tool') === tool).map(({ content }) => textOf(content));
  return {
    tools: tools.map(({ function: { name, description, parameters } }) => ({
      name,
      description,
      schema: parameters,
    })),
    told: said(false).join('\n'),
    results: said(true),
  };
}

const BASE = { id: 'chat_1', created: 1, model: 'scripted' };
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

const messageOf = (turn: Turn) =>
  'say' in turn
    ? { role: 'assistant', content: turn.say }
    : {
        role: 'assistant',
        tool_calls: [
          {
            index: 0,
            id: turn.id,
            type: 'function',
            function: { name: turn.call.name, arguments: JSON.stringify(turn.args) },
          },
        ],
      };

const finishOf = (turn: Turn) => ('say' in turn ? 'stop' : 'tool_calls');

function stream(turn: Turn): Events {
  const chunk = (choice: object, more: object = {}) => ({
    ...BASE,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, ...choice }],
    ...more,
  });
  return [
    [undefined, chunk({ delta: messageOf(turn), finish_reason: null })],
    [undefined, chunk({ delta: {}, finish_reason: finishOf(turn) }, { usage: USAGE })],
    [undefined, '[DONE]'],
  ];
}

function whole(turn: Turn): object {
  return {
    ...BASE,
    object: 'chat.completion',
    choices: [{ index: 0, message: messageOf(turn), finish_reason: finishOf(turn) }],
    usage: USAGE,
  };
}

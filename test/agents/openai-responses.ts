import { z } from 'zod';
import { type Events, type ModelApi, type Offered, type Seen, type Turn, textOf } from './model-api.js';

const Tool = z.looseObject({
  type: z.string(),
  name: z.string().default(''),
  description: z.string().default(''),
  parameters: z.unknown().optional(),
});
const Body = z.looseObject({
  instructions: z.string().default(''),
  input: z.union([
    z.string(),
    z.array(
      z.looseObject({
        type: z.string().default('message'),
        content: z.unknown().optional(),
        output: z.unknown().optional(),
      }),
    ),
  ]),
  tools: z.array(Tool.extend({ tools: z.array(Tool).default([]) })).default([]),
});

/** OpenAI responses, as Codex asks: tools of one server lie in a namespace. */
export const openaiResponses: ModelApi = {
  name: 'OpenAI responses',
  path: /\/responses(\?|$)/,
  read,
  stream,
  whole,
};

function read(body: unknown): Seen {
  const { instructions, input, tools } = Body.parse(body);
  const items = typeof input === 'string' ? [{ type: 'message', content: input, output: undefined }] : input;
  return {
    tools: tools
      .flatMap(tool => [tool, ...tool.tools.map(inner => ({ ...inner, namespace: tool.name }))])
      .map(offered),
    told: [
      instructions,
      ...items.filter(({ type }) => type === 'message').map(({ content }) => textOf(content)),
      ...tools.map(({ description }) => description),
    ].join('\n'),
    results: items.filter(({ type }) => type.endsWith('_output')).map(({ output }) => textOf(output)),
  };
}

const offered = (tool: z.infer<typeof Tool>): Offered => ({
  name: tool.name === '' ? tool.type : tool.name,
  namespace: typeof tool.namespace === 'string' ? tool.namespace : undefined,
  description: tool.description,
  schema: tool.parameters,
});

function itemOf(turn: Turn): object {
  if ('say' in turn)
    return {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: turn.say, annotations: [] }],
    };
  const { name, namespace } = turn.call;
  return {
    type: 'function_call',
    id: `fc_${turn.id}`,
    call_id: turn.id,
    name,
    ...(namespace !== undefined && { namespace }),
    arguments: JSON.stringify(turn.args),
    status: 'completed',
  };
}

function whole(turn: Turn): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'scripted',
    output: [itemOf(turn)],
    usage: {
      input_tokens: 1,
      output_tokens: 1,
      total_tokens: 2,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  };
}

function stream(turn: Turn): Events {
  const response = whole(turn);
  const item = itemOf(turn);
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ];
  return events.map(event => [event.type, event]);
}

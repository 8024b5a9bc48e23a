import { permissionsFor } from '../mcp/demands.js';
import type { Sse } from '../mcp/sse.js';
import { isListening, type Streamable } from '../mcp/streamable.js';
import type { Surface } from '../mcp/surface.js';
import type { Endpoint } from './endpoint.js';

/** MCP over Streamable HTTP. */
export const mcpEndpoint = (streamable: Streamable, { tools }: Surface): Endpoint => ({
  methods: ['GET', 'POST', 'DELETE'],
  permissions: ({ request, body }) => (request.method === 'POST' ? permissionsFor(body, tools) : []),
  answer: ({ request, body, caller }) => streamable.answer(request, { body, caller }),
  stays: ({ request, body }) => request.method === 'GET' || isListening(body),
});

const MESSAGES = '/messages';

/** HTTP+SSE, for older hosts: the stream and where they post. */
export const sseEndpoints = (sse: Sse, { tools }: Surface): Readonly<Record<string, Endpoint>> => ({
  '/sse': {
    methods: ['GET'],
    permissions: () => [],
    answer: ({ caller }) => sse.open(caller, MESSAGES),
    stays: () => true,
  },
  [MESSAGES]: {
    methods: ['POST'],
    permissions: ({ body }) => permissionsFor(body, tools),
    answer: ({ request, body, caller }) =>
      sse.post(caller, { sessionId: new URL(request.url).searchParams.get('sessionId'), body }),
    stays: () => false,
  },
});

import { permissionsFor } from '../mcp/demands.js';
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

import { describeTool, type Surface } from '../mcp/surface.js';
import { RESOURCES, TOOLS } from './plain.js';

const PROBLEM = {
  description: 'What was wrong, as RFC 9457 problem details',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          code: { type: 'string' },
          detail: { type: 'string', description: 'What was found, what was expected, the next call' },
          request_id: { type: 'string' },
        },
      },
    },
  },
};

/** The OpenAPI 3.1 document of the plain endpoints, from the schemas that MCP shows. */
export const openApi = ({ tools }: Surface, version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'mintmark',
    version,
    description:
      'A memory that agents can trust. The same tools are at /mcp over the Model Context Protocol.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  security: [{ token: [] }],
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: {
    ...Object.fromEntries(
      tools.map(tool => [`${TOOLS}${tool.name}`, { post: operation(describeTool(tool)) }]),
    ),
    [RESOURCES]: { get: READING },
  },
});

function operation({ name, title, description, inputSchema, outputSchema }: ReturnType<typeof describeTool>) {
  return {
    operationId: name,
    summary: title ?? name,
    description: description ?? '',
    requestBody: { required: true, content: { 'application/json': { schema: inputSchema } } },
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: outputSchema } } },
      default: PROBLEM,
    },
  };
}

const parameter = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});

const READING = {
  operationId: 'resources',
  summary: 'Read or list resources',
  description: 'The text behind a uri such as memory://mem_…; without one a page of the resources there are.',
  parameters: [
    parameter('uri', 'The resource to read'),
    parameter('cursor', 'The nextCursor of the page before'),
  ],
  responses: {
    200: { description: 'The resource, or {"resources": […], "nextCursor"?}' },
    default: PROBLEM,
  },
};

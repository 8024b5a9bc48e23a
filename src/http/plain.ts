import { type Engine, EngineError } from '../engine.js';
import { permissionFor } from '../mcp/caller.js';
import { perform } from '../mcp/perform.js';
import { ELSEWHERE, listResources } from '../mcp/reading.js';
import { readUri } from '../mcp/resource.js';
import type { RemoteCaller } from '../mcp/streamable.js';
import type { Surface } from '../mcp/surface.js';
import type { Tool } from '../mcp/tool.js';
import { isRecord } from '../text/json.js';
import { type Asked, type Endpoint, READING } from './endpoint.js';

/** Where the tools lie: `POST /v1/{tool}` with its arguments as JSON. */
export const TOOLS = '/v1/';
export const RESOURCES = '/v1/resources';

/** The same tools and resources for who does not speak MCP, made from the same declarations. */
export const plainEndpoints = (engine: Engine, surface: Surface): Readonly<Record<string, Endpoint>> => ({
  ...Object.fromEntries(surface.tools.map(tool => [`${TOOLS}${tool.name}`, toolEndpoint(engine, tool)])),
  [RESOURCES]: resourcesEndpoint(engine, surface.resources),
});

const toolEndpoint = (engine: Engine, tool: Tool): Endpoint => ({
  methods: ['POST'],
  permissions: ({ body }) => [permissionFor(tool, body)],
  answer: async asked =>
    Response.json(
      await perform(tool, argumentsOf(asked, tool), {
        engine,
        caller: asked.caller,
        call: callOf(engine, asked.caller, asked.request.signal),
      }),
    ),
  stays: () => false,
});

const resourcesEndpoint = (engine: Engine, families: Surface['resources']): Endpoint => ({
  methods: READING,
  permissions: () => ['read'],
  answer: async ({ request, caller }) => {
    const query = new URL(request.url).searchParams;
    const uri = query.get('uri');
    const call = callOf(engine, caller, request.signal);
    if (uri === null)
      return Response.json(
        await listResources(engine, families, { cursor: query.get('cursor') ?? undefined, call }),
      );
    const reading = readUri(families, uri, { engine, call });
    if (!reading)
      throw new EngineError(
        'not_found',
        `There is no resource ${uri}.`,
        `GET ${RESOURCES} lists what there is. ${ELSEWHERE}`,
      );
    return new Response(await reading.text, { headers: { 'content-type': reading.mimeType } });
  },
  stays: () => false,
});

/** The body, and for a write the key of the Idempotency-Key header where the body has none: many send it with every POST. */
function argumentsOf({ body = {}, request }: Asked, { effect }: Tool): Record<string, unknown> {
  if (!isRecord(body))
    throw new EngineError(
      'invalid',
      'The body is no JSON object.',
      'Send the arguments by name, such as {"query": "storage"}.',
    );
  const key = effect === 'read' ? null : request.headers.get('idempotency-key');
  return key === null ? body : { ...body, idempotency_key: body.idempotency_key ?? key };
}

/** Nobody can be asked in the middle of such a call. */
export const callOf = (engine: Engine, { call }: RemoteCaller, signal: AbortSignal) =>
  engine.call({ ...call, approval: 'unavailable', signal });

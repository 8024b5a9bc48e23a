import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Engine } from '../engine.js';
import { ApprovalNeeded, EngineError, reasonOf } from '../errors.js';
import { traceContext, traced } from '../trace.js';
import { VERSION } from '../version.js';
import { type Caller, failureFor, LOCAL, may } from './caller.js';
import { ResourceNotices } from './notices.js';
import { perform } from './perform.js';
import { serveReading } from './reading.js';
import { APPROVAL, type Client, toCall } from './requests.js';
import { samplingWriter } from './sampling.js';
import { type Behind, type Listed, listingOf, type Surface } from './surface.js';
import type { Tool } from './tool.js';

/** The first 250 characters are all that some clients show. */
export const INSTRUCTIONS =
  'Memory beyond this conversation. Call load_by_scope first, search before asking or assuming. Call memory_propose (commit: true) for what should outlive it, supersede what changed. Call checkpoint before stopping. Prompts: resume, wrap_up, review.';

export type ServerFactory = {
  create(caller?: Caller): Server;
  noticesOf(namespace: string): ResourceNotices;
};

type Reporting = { readonly onerror?: (error: unknown) => void };

/** Makes servers over what is there already; what is costly about the surface is prepared once, on the first listing. */
export function serverFactory(engine: Engine, surface: Surface, reporting: Reporting = {}): ServerFactory {
  let listing: Listed | undefined;
  const listed = () => {
    listing ??= listingOf(surface);
    return listing;
  };
  return factoryOver({ config: engine.config, listed, ready: () => ({ engine, surface }) }, reporting);
}

/** Makes one server a connection or a request. */
export function factoryOver(behind: Behind, { onerror = console.error }: Reporting = {}): ServerFactory {
  const noticesOf = perNamespace(namespace => new ResourceNotices(behind, namespace));
  const create = (caller = LOCAL): Server => {
    const server = new Server(
      { name: 'mintmark', title: 'mintmark', version: VERSION },
      {
        instructions: INSTRUCTIONS,
        capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} },
      },
    );
    server.setRequestHandler('tools/list', async () => ({ tools: (await behind.listed()).tools }));
    server.setRequestHandler('tools/call', async ({ params }, context) => {
      const { engine, surface } = await behind.ready();
      const tool = toolNamed(params.name, surface);
      const client = {
        caller,
        canElicit: may(caller, 'user') && canElicit(server, context),
        writer: behind.config.writer === 'sampling' ? samplingWriter(server, context) : undefined,
      };
      // Of several calls that come over one connection each may belong elsewhere.
      const of = traceContext(context.mcpReq._meta ?? {});
      const call = () => run({ engine, tool, context, client, onerror }, params.arguments ?? {});
      return of ? traced({ context: of }, call) : call();
    });
    serveReading(server, behind, caller);
    noticesOf(caller.call.namespace ?? behind.config.namespace).attach(server, caller);
    return server;
  };
  return { create, noticesOf };
}

function toolNamed(name: string, { tools }: Surface): Tool {
  const tool = tools.find(candidate => candidate.name === name);
  if (tool) return tool;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no tool "${name}". Tools: ${tools.map(candidate => candidate.name).join(', ')}.`,
  );
}

function perNamespace<T>(make: (namespace: string) => T): (namespace: string) => T {
  const made = new Map<string, T>();
  return namespace => {
    const value = made.get(namespace) ?? make(namespace);
    made.set(namespace, value);
    return value;
  };
}

type Running = {
  readonly engine: Engine;
  readonly tool: Tool;
  readonly context: ServerContext;
  readonly client: Client;
  /** Hears of what is nobody's fault but ours. */
  readonly onerror: (error: unknown) => void;
};

/** The one place where a failure becomes a reply. Errors put everything into text: some clients show nothing else. */
async function run(
  { engine, tool, context, client, onerror }: Running,
  args: Record<string, unknown>,
): Promise<CallToolResult | InputRequiredResult> {
  try {
    return success(
      await perform(tool, args, { engine, caller: client.caller, call: toCall(engine, context, client) }),
    );
  } catch (error) {
    if (error instanceof ApprovalNeeded && client.canElicit) return ask(error.question);
    const known = error instanceof EngineError ? error : failedInside(tool, error);
    if (known !== error) onerror(error);
    return failure(`${known.code}: ${failureFor(client.caller, known)}`);
  }
}

const failedInside = (tool: Tool, error: unknown): EngineError =>
  new EngineError(
    'unavailable',
    `${tool.name} failed inside mintmark. Nothing was changed.`,
    'Run `mintmark doctor`, and report it if that finds nothing.',
    { aside: ` (${reasonOf(error)})` },
  );

const success = (result: Record<string, unknown>): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(result) }],
  structuredContent: result,
});

const failure = (text: string): CallToolResult => ({ isError: true, content: [{ type: 'text', text }] });

const ask = (question: string): InputRequiredResult =>
  inputRequired({
    inputRequests: {
      [APPROVAL]: inputRequired.elicit({
        message: question,
        requestedSchema: {
          type: 'object',
          properties: { approve: { type: 'boolean', title: 'Commit', description: 'Store these memories.' } },
          required: ['approve'],
        },
      }),
    },
  });

const Declared = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z.object({
    elicitation: z.object({ form: z.unknown(), url: z.unknown() }).partial().optional(),
  }),
});

/** Declared a request at a time since 2026-07-28, once at `initialize` before. No mode at all means form. */
function canElicit(server: Server, context: ServerContext): boolean {
  const envelope = context.mcpReq.envelope && Declared.safeParse(context.mcpReq.envelope);
  const declared = envelope?.success
    ? envelope.data[CLIENT_CAPABILITIES_META_KEY]
    : server.getClientCapabilities();
  const elicitation = declared?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

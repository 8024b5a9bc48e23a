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
import { ApprovalNeeded, EngineError } from '../errors.js';
import { type Caller, LOCAL, may } from './caller.js';
import { ResourceNotices } from './notices.js';
import { perform } from './perform.js';
import { serveReading } from './reading.js';
import { APPROVAL, type Client, toCall } from './requests.js';
import { samplingWriter } from './sampling.js';
import { describeTool, type Surface } from './surface.js';
import type { Tool } from './tool.js';

/** The first 250 characters are all that some clients show. */
export const INSTRUCTIONS =
  'Memory beyond this conversation. Call load_by_scope first, search before asking or assuming. Call memory_propose (commit: true) for what should outlive it, supersede what changed. Call checkpoint before stopping. Prompts: resume, wrap_up, review.';

export type ServerFactory = {
  create(caller?: Caller): Server;
  noticesOf(namespace: string): ResourceNotices;
};

/** Makes one server a connection or a request; what is costly about the surface is prepared once, on the first listing. */
export function serverFactory(engine: Engine, surface: Surface): ServerFactory {
  const noticesOf = perNamespace(namespace => new ResourceNotices(engine, namespace));
  const byName = new Map(surface.tools.map(tool => [tool.name, tool]));
  let listed: ReturnType<typeof describeTool>[] | undefined;
  const create = (caller = LOCAL): Server => {
    const server = new Server(
      { name: 'mintmark', title: 'mintmark', version: engine.version },
      {
        instructions: INSTRUCTIONS,
        capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} },
      },
    );
    server.setRequestHandler('tools/list', () => {
      listed ??= surface.tools.map(describeTool);
      return { tools: listed };
    });
    server.setRequestHandler('tools/call', ({ params }, context) => {
      const tool = byName.get(params.name);
      if (!tool)
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no tool "${params.name}". Tools: ${[...byName.keys()].join(', ')}.`,
        );
      const client = {
        caller,
        canElicit: may(caller, 'user') && canElicit(server, context),
        writer: engine.config.writer === 'sampling' ? samplingWriter(server, context) : undefined,
      };
      return run({ engine, tool, context, client }, params.arguments ?? {});
    });
    serveReading(server, engine, { ...surface, caller });
    noticesOf(caller.call.namespace ?? engine.config.namespace).attach(server);
    return server;
  };
  return { create, noticesOf };
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
};

/** The one place where a failure becomes a reply. Errors put everything into text: some clients show nothing else. */
async function run(
  { engine, tool, context, client }: Running,
  args: Record<string, unknown>,
): Promise<CallToolResult | InputRequiredResult> {
  try {
    return success(
      await perform(tool, args, { engine, caller: client.caller, call: toCall(engine, context, client) }),
    );
  } catch (error) {
    if (error instanceof ApprovalNeeded && client.canElicit) return ask(error.question);
    if (error instanceof EngineError) return failure(`${error.code}: ${error.message} ${error.hint}`);
    console.error(error);
    return failure(
      `unavailable: ${tool.name} failed inside mintmark: ${error instanceof Error ? error.message : String(error)}. Nothing was changed. Run \`mintmark doctor\`, and report it if that finds nothing.`,
    );
  }
}

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
  const envelope = Declared.safeParse(context.mcpReq.envelope);
  const declared = envelope.success
    ? envelope.data[CLIENT_CAPABILITIES_META_KEY]
    : server.getClientCapabilities();
  const elicitation = declared?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

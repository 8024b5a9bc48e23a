import type { ServerContext } from '@modelcontextprotocol/server';
import type { Call, Engine, Writer } from '../engine.js';
import { canonicalJson, sha256 } from '../text/hash.js';
import { type Caller, may } from './caller.js';
import type { Tool } from './tool.js';

/** The name under which a person's answer comes back. */
export const APPROVAL = 'approval';

export type Client = {
  readonly caller: Caller;
  readonly canElicit: boolean;
  /** The client's own model, where the operator allows to ask it. */
  readonly writer?: Writer | undefined;
};

/** What the engine is told of a request. Trust of a tool call ends at what the caller has; approval comes only from an answered question. */
export function toCall(engine: Engine, context: ServerContext, { canElicit, writer, caller }: Client): Call {
  return engine.call({
    ...caller.call,
    ...(writer && { writer }),
    signal: context.mcpReq.signal,
    approval: may(caller, 'user') ? approvalOf(context.mcpReq.inputResponses, canElicit) : 'unavailable',
  });
}

/** The key and the arguments it stands for: RFC 8785 text of the known root keys, before defaults. */
export function idempotencyOf(
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
): Pick<Call, 'idempotency'> {
  const { idempotency_key: key, ...rest } = args;
  if (tool.effect === 'read' || typeof key !== 'string') return {};
  const known = Object.fromEntries(Object.entries(rest).filter(([name]) => name in tool.input.shape));
  return {
    idempotency: { tool: tool.name, key, argumentsHash: sha256(canonicalJson({ name: tool.name, known })) },
  };
}

function approvalOf(
  responses: Readonly<Record<string, unknown>> | undefined,
  canElicit: boolean,
): Call['approval'] {
  const answer = responses?.[APPROVAL];
  if (typeof answer !== 'object' || answer === null || !('action' in answer))
    return canElicit ? 'askable' : 'unavailable';
  const content = 'content' in answer ? answer.content : undefined;
  const agreed =
    typeof content === 'object' && content !== null && 'approve' in content && content.approve === true;
  return answer.action === 'accept' && agreed ? 'granted' : 'declined';
}

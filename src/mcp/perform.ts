import type { Call, Engine } from '../engine.js';
import { ApprovalNeeded, EngineError } from '../errors.js';
import { misfits } from '../schema/misfit.js';
import { type Arguments, taken } from './arguments.js';
import { type Caller, may, permissionFor } from './caller.js';
import { telling } from './performed.js';
import { idempotencyOf } from './requests.js';
import { inputOf } from './surface.js';
import type { Tool } from './tool.js';

export type Performing = { readonly engine: Engine; readonly caller: Caller; readonly call: Call };

/** One tool call, over whichever wire it came: what it may, whether its arguments fit, what it does. Throws EngineError. */
export const perform = (
  tool: Tool,
  args: Arguments,
  performing: Performing,
): Promise<Record<string, unknown>> =>
  telling(performing.engine, { tool: tool.name, namespace: performing.call.namespace }, () =>
    attempt(tool, args, performing),
  );

async function attempt(
  tool: Tool,
  given: Arguments,
  { engine, caller, call }: Performing,
): Promise<Record<string, unknown>> {
  const permission = permissionFor(tool, given);
  if (!may(caller, permission))
    throw new EngineError(
      'forbidden',
      `${tool.name} needs the permission ${permission}.`,
      'Ask the operator for a token that has it.',
    );
  const { args, refused, ignored } = taken(inputOf(tool), given);
  try {
    const { idempotency_key: _key, ...input } = parsed(tool, args, refused);
    const result = await tool.handle(input, engine, { ...call, ...idempotencyOf(tool, args) });
    return ignored === undefined ? result : { ...result, ignored };
  } catch (error) {
    throw ignored === undefined ? error : alsoSaying(ignored, error);
  }
}

function parsed(tool: Tool, args: Arguments, refused: readonly string[]) {
  const input = inputOf(tool).safeParse(args, { reportInput: true });
  if (input.success && refused.length === 0) return input.data;
  const problems = [...(input.success ? [] : misfits(input.error)), ...refused];
  throw new EngineError(
    'invalid',
    [`Arguments of ${tool.name} do not fit.`, ...problems.map(problem => `- ${problem}`)].join('\n'),
    `Correct them and call ${tool.name} again.`,
  );
}

/** What was ignored may be what the call failed for want of. */
function alsoSaying(ignored: string, error: unknown): unknown {
  if (!(error instanceof EngineError) || error instanceof ApprovalNeeded) return error;
  const { code, brief, hint, aside } = error;
  return new EngineError(code, brief, `${hint} Ignored: ${ignored}.`, { aside, cause: error });
}

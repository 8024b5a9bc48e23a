import type { Call, Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import { listMisfits } from '../schema/misfit.js';
import { type Caller, may, permissionFor } from './caller.js';
import { idempotencyOf } from './requests.js';
import { inputOf } from './surface.js';
import type { Tool } from './tool.js';

export type Performing = { readonly engine: Engine; readonly caller: Caller; readonly call: Call };

/** One tool call, over whichever wire it came: what it may, whether its arguments fit, what it does. Throws EngineError. */
export async function perform(
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
  { engine, caller, call }: Performing,
): Promise<Record<string, unknown>> {
  const permission = permissionFor(tool.effect);
  if (!may(caller, permission))
    throw new EngineError(
      'forbidden',
      `${tool.name} needs the permission ${permission}.`,
      'Ask the operator for a token that has it.',
    );
  const input = inputOf(tool).safeParse(args, { reportInput: true });
  if (!input.success)
    throw new EngineError(
      'invalid',
      `Arguments of ${tool.name} do not fit.\n${listMisfits(input.error)}`,
      `Correct them and call ${tool.name} again.`,
    );
  const { idempotency_key: _key, ...rest } = input.data;
  return tool.handle(rest, engine, { ...call, ...idempotencyOf(tool, args) });
}

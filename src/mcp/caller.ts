import type { Permission } from '../access/tokens.js';
import type { Call } from '../engine.js';
import { type EngineError, tell, tellElsewhere } from '../errors.js';
import { isRecord } from '../text/json.js';
import { taken } from './arguments.js';
import { inputOf } from './surface.js';
import type { Tool } from './tool.js';

/** Who sends requests over a connection and what it may do. Over stdio it is whoever started the process. */
export type Caller = {
  /** What its calls carry: namespace, home, trust and whether paths are refused. */
  readonly call: Partial<Call>;
  readonly permissions: readonly Permission[];
};

export const LOCAL: Caller = { call: {}, permissions: ['read', 'write', 'admin', 'user', 'metrics'] };

/** What a call demands. Taking away for good, or much at once, is a permission of its own. `args` were not parsed. */
export function permissionFor(tool: Tool, args: unknown): Permission {
  if (tool.effect === 'read') return 'read';
  return tool.effect === 'delete' && !isSparing(tool, args) ? 'admin' : 'write';
}

/** By what is done in the end: what the client left blank is not given. */
const isSparing = (tool: Tool, args: unknown): boolean =>
  isRecord(args) && tool.sparing?.safeParse(taken(inputOf(tool), args).args).success === true;

/** The whole text of a failure; over the network without what only concerns who runs the server. */
export const failureFor = ({ call }: Caller, error: EngineError): string =>
  call.paths === 'refused' ? tellElsewhere(error) : tell(error);

export const may = ({ permissions }: Caller, permission: Permission): boolean =>
  permissions.includes(permission);

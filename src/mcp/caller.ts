import type { Permission } from '../access/tokens.js';
import type { Call } from '../engine.js';
import type { Effect } from './tool.js';

/** Who sends requests over a connection and what it may do. Over stdio it is whoever started the process. */
export type Caller = {
  /** What its calls carry: namespace, home, trust and whether paths are refused. */
  readonly call: Partial<Call>;
  readonly permissions: readonly Permission[];
};

export const LOCAL: Caller = { call: {}, permissions: ['read', 'write', 'admin', 'user'] };

/** What a tool with an effect demands. Taking away cannot always be undone, so it is a permission of its own. */
export const permissionFor = (effect: Effect): Permission =>
  effect === 'read' ? 'read' : effect === 'delete' ? 'admin' : 'write';

export const may = ({ permissions }: Caller, permission: Permission): boolean =>
  permissions.includes(permission);

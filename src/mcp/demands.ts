import type { Permission } from '../access/tokens.js';
import { permissionFor } from './caller.js';
import type { Tool } from './tool.js';

/** What tells nothing of what is stored. */
const FREE = [
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/templates/list',
  'logging/setLevel',
];

/** What the messages of a body demand of whoever sends them. What is not known to be harmless demands `read`. */
export function permissionsFor(body: unknown, tools: readonly Tool[]): Permission[] {
  const messages = Array.isArray(body) ? body : [body];
  return messages.flatMap(message => {
    const method = textAt(message, 'method');
    if (method === undefined || FREE.includes(method) || method.startsWith('notifications/')) return [];
    if (method !== 'tools/call') return ['read' as const];
    const params = at(message, 'params');
    const tool = tools.find(candidate => candidate.name === textAt(params, 'name'));
    return tool ? [permissionFor(tool, at(params, 'arguments'))] : [];
  });
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' ? found : undefined;
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;

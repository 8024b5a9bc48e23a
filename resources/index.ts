import type { ResourceFamily } from '../src/mcp/resource.js';
import memory from './memory.js';

export const resources: readonly ResourceFamily[] = [memory];

import type { ResourceFamily } from '../src/mcp/resource.js';
import memory from './memory.js';
import medallion from './medallion.js';
import medallionVersion from './medallion-version.js';

export const resources: readonly ResourceFamily[] = [memory, medallion, medallionVersion];

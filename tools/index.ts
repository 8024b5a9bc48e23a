import type { Tool } from '../src/mcp/tool.js';
import fetch from './fetch.js';
import memoryCommit from './memory-commit.js';
import memoryForget from './memory-forget.js';
import memoryPropose from './memory-propose.js';
import search from './search.js';
import status from './status.js';
import checkpoint from './checkpoint.js';
import loadByScope from './load-by-scope.js';

export const tools: readonly Tool[] = [memoryPropose, memoryCommit, memoryForget, checkpoint, loadByScope, search, fetch, status];

import type { Tool } from '../src/mcp/tool.js';
import blobPut from './blob-put.js';
import checkpoint from './checkpoint.js';
import contextBuild from './context-build.js';
import contextCompact from './context-compact.js';
import episodeSeal from './episode-seal.js';
import fetch from './fetch.js';
import loadByScope from './load-by-scope.js';
import memoryCommit from './memory-commit.js';
import memoryForget from './memory-forget.js';
import memoryPropose from './memory-propose.js';
import packExport from './pack-export.js';
import packImport from './pack-import.js';
import runOpen from './run-open.js';
import runRecord from './run-record.js';
import search from './search.js';
import sessionAppend from './session-append.js';
import sessionRewind from './session-rewind.js';
import status from './status.js';
import workingSetPatch from './working-set-patch.js';

export const tools: readonly Tool[] = [
  memoryPropose,
  memoryCommit,
  memoryForget,
  checkpoint,
  loadByScope,
  runOpen,
  workingSetPatch,
  runRecord,
  episodeSeal,
  packExport,
  packImport,
  sessionAppend,
  sessionRewind,
  contextBuild,
  contextCompact,
  blobPut,
  search,
  fetch,
  status,
];

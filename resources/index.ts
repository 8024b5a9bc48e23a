import type { ResourceFamily } from '../src/mcp/resource.js';
import blob from './blob.js';
import episode from './episode.js';
import medallion from './medallion.js';
import medallionVersion from './medallion-version.js';
import memory from './memory.js';
import run from './run.js';
import runLedger from './run-ledger.js';
import session from './session.js';
import summary from './summary.js';

export const resources: readonly ResourceFamily[] = [
  memory,
  medallion,
  medallionVersion,
  run,
  runLedger,
  episode,
  session,
  summary,
  blob,
];
